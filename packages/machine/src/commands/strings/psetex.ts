// PSETEX: SET with a time to live in milliseconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { setString } from "./set.ts";

export const psetex: CommandDefinition = {
  name: "PSETEX",
  arity: 4,
  flags: ["write", "grows"],
  keys: FIRST_KEY,
  summary: "Gives a key a string and a time to live in milliseconds.",
  syntax: "PSETEX key milliseconds value",
  examples: [
    { run: "PSETEX code 60000 1234", reply: "OK" },
    { run: "TTL code", reply: "(integer) 60" },
  ],
  run: (context, [key, argument, value]) =>
    setString(context, "PSETEX", key!, value!, {
      time: { form: { unit: 1, absolute: false }, argument: argument! },
    }),
};
