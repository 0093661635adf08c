// PTTL: how long a key still lives, in milliseconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expiryOf } from "./ttl.ts";

export const pttl: CommandDefinition = {
  name: "PTTL",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The milliseconds that a key still lives, by estimate; -1 if it does not expire, -2 if it is missing.",
  syntax: "PTTL key",
  examples: [
    { run: "SET a 1 PX 60000", reply: "OK" },
    { run: "PTTL a", reply: "(integer) 60000" },
  ],
  run: (context, [key]) => expiryOf(context, key!, (left) => left),
};
