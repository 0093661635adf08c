// SISMEMBER: whether something is in a set.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const sismember: CommandDefinition = {
  name: "SISMEMBER",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Whether a set has a member.",
  syntax: "SISMEMBER key member",
  examples: [
    { run: "SADD team ada", reply: "(integer) 1" },
    { run: "SISMEMBER team ada", reply: "(integer) 1" },
    { run: "SISMEMBER team bob", reply: "(integer) 0" },
  ],
  run: ({ keys }, [key, member]) =>
    integer(keys.readCollection(key!, "set")?.index.has(memberKey(member!)) === true ? 1 : 0),
};
