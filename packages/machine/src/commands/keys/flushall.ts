// FLUSHALL: removes every key in one step, whatever they hold.
import { OK, type Reply } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type Arguments, type CommandContext, type CommandDefinition, NO_KEYS } from "../command.ts";
import { syntaxError } from "../command-error.ts";

export const flushall: CommandDefinition = {
  name: "FLUSHALL",
  arity: -1,
  flags: ["write", "dangerous"],
  keys: NO_KEYS,
  summary: "Removes every key.",
  syntax: "FLUSHALL [ASYNC | SYNC]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "FLUSHALL", reply: "OK" },
    { run: "DBSIZE", reply: "(integer) 0" },
  ],
  run: flushKeys,
};

export function flushKeys({ keys }: CommandContext, [mode, ...rest]: Arguments): Reply {
  if (rest.length > 0 || !["", "async", "sync"].includes(word(mode)) || mode === "") throw syntaxError();
  keys.flush("flushall");
  return OK;
}
