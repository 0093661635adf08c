// LOCK.LEAVE: a place in the line given up.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { leaveLease } from "./lease-steps.ts";

export const lockLeave: CommandDefinition = {
  name: "LOCK.LEAVE",
  arity: 3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes an owner out of the line for a lock, and the lock from it if it holds it.",
  syntax: "LOCK.LEAVE key owner",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    { run: "LOCK.WAIT door bob 30000 5000", reply: "1) (nil)\n2) (integer) 1" },
    { run: "LOCK.LEAVE door bob", reply: "(integer) 1" },
  ],
  run: (context, [key, owner]) => leaveLease(context, key!, "lock", owner!),
};
