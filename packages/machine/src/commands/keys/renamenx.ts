// RENAMENX: RENAME if nothing has that name.
import type { CommandDefinition } from "../command.ts";
import { renameKey } from "./rename.ts";

export const renamenx: CommandDefinition = {
  name: "RENAMENX",
  arity: 3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Gives what a key holds another name unless a key has it already.",
  syntax: "RENAMENX key newkey",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "RENAMENX a b", reply: "(integer) 0" },
    { run: "RENAMENX a c", reply: "(integer) 1" },
  ],
  run: (context, args) => renameKey(context, args, true),
};
