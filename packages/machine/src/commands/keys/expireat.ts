// EXPIREAT: lets a key expire at a Unix time in seconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expireKey } from "./expire.ts";

export const expireat: CommandDefinition = {
  name: "EXPIREAT",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Lets a key expire at a Unix time in seconds.",
  syntax: "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "EXPIREAT a 4102444800", reply: "(integer) 1" },
    { run: "EXPIRETIME a", reply: "(integer) 4102444800" },
  ],
  run: (context, args) => expireKey(context, "EXPIREAT", { unit: 1000, absolute: true }, args),
};
