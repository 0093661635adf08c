// EXEC: runs what was queued.
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { ofConnection } from "./of-connection.ts";

export const exec: CommandDefinition = {
  name: "EXEC",
  arity: 1,
  flags: ["connection", "no-multi", "fast"],
  keys: NO_KEYS,
  summary: "Runs what was queued since MULTI in one step; null if a watched key has changed.",
  syntax: "EXEC",
  examples: [
    { run: "MULTI", reply: "OK" },
    { run: "SET a 1", reply: "QUEUED" },
    { run: "INCR a", reply: "QUEUED" },
    { run: "EXEC", reply: "1) OK\n2) (integer) 2" },
  ],
  run: ofConnection,
};
