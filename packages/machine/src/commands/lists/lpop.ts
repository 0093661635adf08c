// LPOP: takes elements from the start of a list.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pop } from "./pop.ts";

export const lpop: CommandDefinition = {
  name: "LPOP",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes the first element of a list, or with a count up to that many.",
  syntax: "LPOP key [count]",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "LPOP queue", reply: '"a"' },
    { run: "LPOP queue 5", reply: '1) "b"\n2) "c"' },
    { run: "LPOP queue", reply: "(nil)" },
  ],
  run: (context, args) => pop(context, "LPOP", args, "left"),
};
