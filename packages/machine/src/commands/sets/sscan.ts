// SSCAN: a set step by step.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { scanMembers } from "../scan-members.ts";

export const sscan: CommandDefinition = {
  name: "SSCAN",
  arity: -3,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary:
    "Members of a set, some at a time. Begin with cursor 0 and go on with the one answered, until it is 0 again: what was there all the time has then been told at least once.",
  syntax: "SSCAN key cursor [MATCH pattern] [COUNT count]",
  examples: [
    { run: "SADD team ada", reply: "(integer) 1" },
    { run: "SSCAN team 0", reply: '1) "0"\n2) 1) "ada"' },
    { run: "SSCAN team 0 MATCH b*", reply: '1) "0"\n2) (empty array)' },
  ],
  run: (context, args) => scanMembers(context, args, "set", (member) => [member]),
};
