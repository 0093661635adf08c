// LOCK.TRY: a lock if it is free.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { leaseMs, takeLease } from "./lease-steps.ts";

export const lockTry: CommandDefinition = {
  name: "LOCK.TRY",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Takes a lock if it is free, or renews it for who holds it; answers the fencing token, or null.",
  syntax: "LOCK.TRY key owner milliseconds",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    { run: "LOCK.TRY door bob 30000", reply: "(nil)" },
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
  ],
  run: (context, [key, owner, ms]) => takeLease(context, { key: key!, type: "lock", permits: 1 }, owner!, leaseMs(ms!)),
};
