// TOUCH: counts keys. Redis also marks them as used; nothing is ever evicted here, so there is nothing to mark.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { countKeys } from "./exists.ts";

export const touch: CommandDefinition = {
  name: "TOUCH",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: ALL_KEYS,
  summary: "Tells how many of the keys are there.",
  syntax: "TOUCH key [key ...]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "TOUCH a missing", reply: "(integer) 1" },
  ],
  run: countKeys,
};
