// MULTI: begins a transaction.
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { ofConnection } from "./of-connection.ts";

export const multi: CommandDefinition = {
  name: "MULTI",
  arity: 1,
  flags: ["connection", "no-multi", "fast"],
  keys: NO_KEYS,
  summary: "Begins a transaction: what follows is queued until EXEC.",
  syntax: "MULTI",
  examples: [
    { run: "MULTI", reply: "OK" },
    { run: "INCR a", reply: "QUEUED" },
    { run: "EXEC", reply: "1) (integer) 1" },
  ],
  run: ofConnection,
};
