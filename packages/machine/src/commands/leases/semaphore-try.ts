// SEMAPHORE.TRY: one of several permits, if one is free.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { leaseMs, permitsArgument, takeLease } from "./lease-steps.ts";

export const semaphoreTry: CommandDefinition = {
  name: "SEMAPHORE.TRY",
  arity: 5,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Takes one of a semaphore's permits if one is free; answers the fencing token, or null.",
  syntax: "SEMAPHORE.TRY key permits owner milliseconds",
  examples: [
    { run: "SEMAPHORE.TRY desks 2 alice 30000", reply: "(integer) 1" },
    { run: "SEMAPHORE.TRY desks 2 bob 30000", reply: "(integer) 2" },
    { run: "SEMAPHORE.TRY desks 2 carol 30000", reply: "(nil)" },
  ],
  run(context, [key, count, owner, ms]) {
    return takeLease(context, { key: key!, type: "semaphore", permits: permitsArgument(count!) }, owner!, leaseMs(ms!));
  },
};
