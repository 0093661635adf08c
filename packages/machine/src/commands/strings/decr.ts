// DECR: one less.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { addInteger } from "./incr.ts";

export const decr: CommandDefinition = {
  name: "DECR",
  arity: 2,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Takes one from a number; a missing key counts as 0.",
  syntax: "DECR key",
  examples: [
    { run: "SET stock 10", reply: "OK" },
    { run: "DECR stock", reply: "(integer) 9" },
  ],
  run: (context, [key]) => addInteger(context, key!, -1n),
};
