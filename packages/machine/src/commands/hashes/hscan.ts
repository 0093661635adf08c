// HSCAN: a hash step by step.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { scanMembers } from "../scan-members.ts";

export const hscan: CommandDefinition = {
  name: "HSCAN",
  arity: -3,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary:
    "Fields of a hash with their values, some at a time. Begin with cursor 0 and go on with the one answered, until it is 0 again: what was there all the time has then been told at least once.",
  syntax: "HSCAN key cursor [MATCH pattern] [COUNT count]",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HSCAN book 0", reply: '1) "0"\n2) 1) "title"\n   2) "Momo"' },
    { run: "HSCAN book 0 MATCH p*", reply: '1) "0"\n2) (empty array)' },
  ],
  run: (context, args) => scanMembers(context, args, "hash", (field, value) => [field, value]),
};
