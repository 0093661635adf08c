// SETEX: SET with a time to live in seconds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { setString } from "./set.ts";

export const setex: CommandDefinition = {
  name: "SETEX",
  arity: 4,
  flags: ["write", "grows"],
  keys: FIRST_KEY,
  summary: "Gives a key a string and a time to live in seconds.",
  syntax: "SETEX key seconds value",
  examples: [
    { run: "SETEX code 60 1234", reply: "OK" },
    { run: "TTL code", reply: "(integer) 60" },
  ],
  run: (context, [key, argument, value]) =>
    setString(context, "SETEX", key!, value!, {
      time: { form: { unit: 1000, absolute: false }, argument: argument! },
    }),
};
