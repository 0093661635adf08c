// SADD: put members into a set.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const sadd: CommandDefinition = {
  name: "SADD",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds members to a set and tells how many of them are new.",
  syntax: "SADD key member [member ...]",
  examples: [
    { run: "SADD team ada bob", reply: "(integer) 2" },
    { run: "SADD team bob eve", reply: "(integer) 1" },
    { run: "SCARD team", reply: "(integer) 3" },
  ],
  run({ keys }, [key, ...members]) {
    const set = keys.editCollection(key!, "set");
    let added = 0;
    for (const member of members) if (set.index.put(memberKey(member))) added++;
    if (added > 0) keys.saveCollection(key!, set, "sadd");
    return integer(added);
  },
};
