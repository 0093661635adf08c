// DECRBY: so much less.
import { INT64_MIN, int64 } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { addInteger } from "./incr.ts";

export const decrby: CommandDefinition = {
  name: "DECRBY",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Takes from a number; a missing key counts as 0.",
  syntax: "DECRBY key decrement",
  examples: [
    { run: "SET stock 10", reply: "OK" },
    { run: "DECRBY stock 3", reply: "(integer) 7" },
  ],
  run(context, [key, argument]) {
    const amount = int64(argument!);
    if (amount === INT64_MIN) throw new CommandError("ERR decrement would overflow");
    return addInteger(context, key!, -amount);
  },
};
