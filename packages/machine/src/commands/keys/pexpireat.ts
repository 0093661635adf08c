// PEXPIREAT: lets a key expire at a Unix time in milliseconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expireKey } from "./expire.ts";

export const pexpireat: CommandDefinition = {
  name: "PEXPIREAT",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Lets a key expire at a Unix time in milliseconds.",
  syntax: "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "PEXPIREAT a 4102444800000", reply: "(integer) 1" },
    { run: "EXPIRETIME a", reply: "(integer) 4102444800" },
  ],
  run: (context, args) => expireKey(context, "PEXPIREAT", { unit: 1, absolute: true }, args),
};
