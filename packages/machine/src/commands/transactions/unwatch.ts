// UNWATCH: forgets which keys were watched. The connection does that; queued in a transaction it has nothing to do.
import { OK } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";

export const unwatch: CommandDefinition = {
  name: "UNWATCH",
  arity: 1,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "Forgets every watched key.",
  syntax: "UNWATCH",
  examples: [
    { run: "WATCH a", reply: "OK" },
    { run: "UNWATCH", reply: "OK" },
  ],
  run: () => OK,
};
