// SMEMBERS: all of a set.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { membersReply } from "./algebra.ts";

export const smembers: CommandDefinition = {
  name: "SMEMBERS",
  arity: 2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "All members of a set.",
  syntax: "SMEMBERS key",
  examples: [
    { run: "SADD team ada", reply: "(integer) 1" },
    { run: "SMEMBERS team", reply: '1) "ada"' },
    { run: "SMEMBERS missing", reply: "(empty array)" },
  ],
  run: ({ keys }, [key]) =>
    membersReply(Array.from(keys.readCollection(key!, "set")?.index.walk() ?? [], ([at]) => at)),
};
