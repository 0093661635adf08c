// SEMAPHORE.WAIT: a permit, or a place in the line for one.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { awaitLease, leaseMs, permitsArgument } from "./lease-steps.ts";

export const semaphoreWait: CommandDefinition = {
  name: "SEMAPHORE.WAIT",
  arity: 6,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary:
    "Takes a semaphore's permit or stands in line for one; permits are handed over in order, in log time. Answers the token or null, and the place in line: 0 holds one.",
  syntax: "SEMAPHORE.WAIT key permits owner lease-milliseconds wait-milliseconds",
  examples: [
    { run: "SEMAPHORE.TRY desks 1 alice 30000", reply: "(integer) 1" },
    { run: "SEMAPHORE.WAIT desks 1 bob 30000 5000", reply: "1) (nil)\n2) (integer) 1" },
    { run: "SEMAPHORE.RELEASE desks 1", reply: "OK" },
    { run: "SEMAPHORE.WAIT desks 1 bob 30000 5000", reply: "1) (integer) 2\n2) (integer) 0" },
  ],
  run(context, [key, count, owner, ms, wait]) {
    const permits = permitsArgument(count!);
    const until = context.start + leaseMs(wait!);
    return awaitLease(context, { key: key!, type: "semaphore", permits }, owner!, leaseMs(ms!), until);
  },
};
