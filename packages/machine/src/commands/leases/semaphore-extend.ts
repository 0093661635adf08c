// SEMAPHORE.EXTEND: a permit for longer.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { extendLease, leaseMs, tokenArgument } from "./lease-steps.ts";

export const semaphoreExtend: CommandDefinition = {
  name: "SEMAPHORE.EXTEND",
  arity: 4,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Makes a permit last longer for who holds it.",
  syntax: "SEMAPHORE.EXTEND key token milliseconds",
  examples: [
    { run: "SEMAPHORE.TRY desks 2 alice 30000", reply: "(integer) 1" },
    { run: "SEMAPHORE.EXTEND desks 1 60000", reply: "OK" },
  ],
  run: (context, [key, token, ms]) => extendLease(context, key!, "semaphore", tokenArgument(token!), leaseMs(ms!)),
};
