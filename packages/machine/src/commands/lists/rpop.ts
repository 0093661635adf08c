// RPOP: takes elements from the end of a list.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pop } from "./pop.ts";

export const rpop: CommandDefinition = {
  name: "RPOP",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes the last element of a list, or with a count up to that many, the last one first.",
  syntax: "RPOP key [count]",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "RPOP queue", reply: '"c"' },
    { run: "RPOP queue 5", reply: '1) "b"\n2) "a"' },
    { run: "RPOP queue", reply: "(nil)" },
  ],
  run: (context, args) => pop(context, "RPOP", args, "right"),
};
