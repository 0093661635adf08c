// EXPIRETIME: when a key expires, in seconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expiryOf } from "./ttl.ts";

export const expiretime: CommandDefinition = {
  name: "EXPIRETIME",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The Unix time in seconds at which a key expires; -1 if it does not, -2 if it is missing.",
  syntax: "EXPIRETIME key",
  examples: [
    { run: "SET a 1 EXAT 4102444800", reply: "OK" },
    { run: "EXPIRETIME a", reply: "(integer) 4102444800" },
  ],
  run: (context, [key]) => expiryOf(context, key!, (at) => Math.floor((at + 500) / 1000), true),
};
