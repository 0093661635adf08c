// SREM: take members out of a set. A set without members is gone.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const srem: CommandDefinition = {
  name: "SREM",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Removes members of a set and tells how many were there; the last one takes the key with it.",
  syntax: "SREM key member [member ...]",
  examples: [
    { run: "SADD team ada bob", reply: "(integer) 2" },
    { run: "SREM team bob eve", reply: "(integer) 1" },
    { run: "SREM team ada", reply: "(integer) 1" },
    { run: "SCARD team", reply: "(integer) 0" },
  ],
  run({ keys }, [key, ...members]) {
    const set = keys.readCollection(key!, "set");
    if (set === undefined) return integer(0);
    let removed = 0;
    for (const member of members) if (set.index.delete(memberKey(member))) removed++;
    if (removed > 0) keys.saveCollection(key!, set, "srem");
    return integer(removed);
  },
};
