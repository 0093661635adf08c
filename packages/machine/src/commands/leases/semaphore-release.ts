// SEMAPHORE.RELEASE: a permit given back.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { releaseLease, tokenArgument } from "./lease-steps.ts";

export const semaphoreRelease: CommandDefinition = {
  name: "SEMAPHORE.RELEASE",
  arity: 3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Gives a permit back.",
  syntax: "SEMAPHORE.RELEASE key token",
  examples: [
    { run: "SEMAPHORE.TRY desks 1 alice 30000", reply: "(integer) 1" },
    { run: "SEMAPHORE.RELEASE desks 1", reply: "OK" },
    { run: "SEMAPHORE.TRY desks 1 bob 30000", reply: "(integer) 2" },
  ],
  run: (context, [key, token]) => releaseLease(context, key!, "semaphore", tokenArgument(token!)),
};
