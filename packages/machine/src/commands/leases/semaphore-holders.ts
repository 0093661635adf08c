// SEMAPHORE.HOLDERS: who holds a semaphore's permits.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { describeLease } from "./lease-steps.ts";

export const semaphoreHolders: CommandDefinition = {
  name: "SEMAPHORE.HOLDERS",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Who holds a semaphore's permits: owner, token and milliseconds left by estimate. Null if nobody does.",
  syntax: "SEMAPHORE.HOLDERS key",
  examples: [
    { run: "SEMAPHORE.TRY desks 2 alice 30000", reply: "(integer) 1" },
    {
      run: "SEMAPHORE.HOLDERS desks",
      reply: '1) 1) 1) "alice"\n      2) (integer) 1\n      3) (integer) 30000\n2) (integer) 0',
    },
  ],
  run: (context, [key]) => describeLease(context, key!, "semaphore"),
};
