// SEMAPHORE.LEAVE: a place in the line given up.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { leaveLease } from "./lease-steps.ts";

export const semaphoreLeave: CommandDefinition = {
  name: "SEMAPHORE.LEAVE",
  arity: 3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes an owner out of the line for a semaphore, and the permit from it if it holds one.",
  syntax: "SEMAPHORE.LEAVE key owner",
  examples: [
    { run: "SEMAPHORE.TRY desks 1 alice 30000", reply: "(integer) 1" },
    { run: "SEMAPHORE.WAIT desks 1 bob 30000 5000", reply: "1) (nil)\n2) (integer) 1" },
    { run: "SEMAPHORE.LEAVE desks bob", reply: "(integer) 1" },
    { run: "SEMAPHORE.LEAVE desks bob", reply: "(integer) 0" },
  ],
  run: (context, [key, owner]) => leaveLease(context, key!, "semaphore", owner!),
};
