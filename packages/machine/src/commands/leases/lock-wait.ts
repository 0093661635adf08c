// LOCK.WAIT: a lock, or a place in the line for it.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { awaitLease, leaseMs } from "./lease-steps.ts";

export const lockWait: CommandDefinition = {
  name: "LOCK.WAIT",
  arity: 5,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary:
    "Takes a lock or stands in line for it; it is handed over in order, in log time. Answers the token or null, and the place in line: 0 holds it.",
  syntax: "LOCK.WAIT key owner lease-milliseconds wait-milliseconds",
  examples: [
    { run: "LOCK.WAIT door alice 30000 1000", reply: "1) (integer) 1\n2) (integer) 0" },
    { run: "LOCK.WAIT door bob 30000 5000", reply: "1) (nil)\n2) (integer) 1" },
    { run: "LOCK.RELEASE door 1", reply: "OK" },
    { run: "LOCK.TRY door bob 30000", reply: "(integer) 2" },
  ],
  run: (context, [key, owner, ms, wait]) =>
    awaitLease(context, { key: key!, type: "lock", permits: 1 }, owner!, leaseMs(ms!), context.start + leaseMs(wait!)),
};
