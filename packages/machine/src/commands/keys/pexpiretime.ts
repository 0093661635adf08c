// PEXPIRETIME: when a key expires, in milliseconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expiryOf } from "./ttl.ts";

export const pexpiretime: CommandDefinition = {
  name: "PEXPIRETIME",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The Unix time in milliseconds at which a key expires; -1 if it does not, -2 if it is missing.",
  syntax: "PEXPIRETIME key",
  examples: [
    { run: "SET a 1 PXAT 4102444800123", reply: "OK" },
    { run: "PEXPIRETIME a", reply: "(integer) 4102444800123" },
  ],
  run: (context, [key]) => expiryOf(context, key!, (at) => at, true),
};
