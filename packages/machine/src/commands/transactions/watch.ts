// WATCH: keys that must not change.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { ofConnection } from "./of-connection.ts";

export const watch: CommandDefinition = {
  name: "WATCH",
  arity: -2,
  flags: ["connection", "no-multi", "fast"],
  keys: ALL_KEYS,
  summary: "Makes the next EXEC fail if one of the keys has changed by then, on whichever replica.",
  syntax: "WATCH key [key ...]",
  examples: [
    { run: "WATCH a", reply: "OK" },
    { run: "SET a 1", reply: "OK" },
    { run: "MULTI", reply: "OK" },
    { run: "INCR a", reply: "QUEUED" },
    { run: "EXEC", reply: "(nil)" },
  ],
  run: ofConnection,
};
