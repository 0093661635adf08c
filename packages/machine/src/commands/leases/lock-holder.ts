// LOCK.HOLDER: who holds a lock.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { describeLease } from "./lease-steps.ts";

export const lockHolder: CommandDefinition = {
  name: "LOCK.HOLDER",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary:
    "Who holds a lock: owner, token and milliseconds left by estimate; and how many wait. Null if nobody holds it.",
  syntax: "LOCK.HOLDER key",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    {
      run: "LOCK.HOLDER door",
      reply: '1) 1) 1) "alice"\n      2) (integer) 1\n      3) (integer) 30000\n2) (integer) 0',
    },
  ],
  run: (context, [key]) => describeLease(context, key!, "lock"),
};
