// INCRBY: so much more.
import { int64 } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { addInteger } from "./incr.ts";

export const incrby: CommandDefinition = {
  name: "INCRBY",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds to a number; a missing key counts as 0.",
  syntax: "INCRBY key increment",
  examples: [
    { run: "SET hits 10", reply: "OK" },
    { run: "INCRBY hits 5", reply: "(integer) 15" },
  ],
  run: (context, [key, amount]) => addInteger(context, key!, int64(amount!)),
};
