// DISCARD: forgets what was queued.
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { ofConnection } from "./of-connection.ts";

export const discard: CommandDefinition = {
  name: "DISCARD",
  arity: 1,
  flags: ["connection", "no-multi", "fast"],
  keys: NO_KEYS,
  summary: "Forgets what was queued since MULTI, and watched keys.",
  syntax: "DISCARD",
  examples: [
    { run: "MULTI", reply: "OK" },
    { run: "SET a 1", reply: "QUEUED" },
    { run: "DISCARD", reply: "OK" },
    { run: "GET a", reply: "(nil)" },
  ],
  run: ofConnection,
};
