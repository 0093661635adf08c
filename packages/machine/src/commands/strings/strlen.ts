// STRLEN: how long a string is.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const strlen: CommandDefinition = {
  name: "STRLEN",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The number of bytes of a string; 0 if it is missing.",
  syntax: "STRLEN key",
  examples: [
    { run: "SET city Utrecht", reply: "OK" },
    { run: "STRLEN city", reply: "(integer) 7" },
  ],
  run: ({ keys }, [key]) => integer((keys.readString(key!) ?? "").length),
};
