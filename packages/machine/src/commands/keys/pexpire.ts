// PEXPIRE: lets a key expire after some milliseconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { expireKey } from "./expire.ts";

export const pexpire: CommandDefinition = {
  name: "PEXPIRE",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Lets a key expire after some milliseconds.",
  syntax: "PEXPIRE key milliseconds [NX | XX | GT | LT]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "PEXPIRE a 60000", reply: "(integer) 1" },
    { run: "TTL a", reply: "(integer) 60" },
  ],
  run: (context, args) => expireKey(context, "PEXPIRE", { unit: 1, absolute: false }, args),
};
