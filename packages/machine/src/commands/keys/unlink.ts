// UNLINK: the same as DEL, which here never waits for what a key held either.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { removeKeys } from "./del.ts";

export const unlink: CommandDefinition = {
  name: "UNLINK",
  arity: -2,
  flags: ["write", "fast"],
  keys: ALL_KEYS,
  summary: "Removes keys, as DEL does, and tells how many were there.",
  syntax: "UNLINK key [key ...]",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "UNLINK a b c", reply: "(integer) 2" },
  ],
  run: removeKeys,
};
