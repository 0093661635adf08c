// LOCK.EXTEND: a lock for longer.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { extendLease, leaseMs, tokenArgument } from "./lease-steps.ts";

export const lockExtend: CommandDefinition = {
  name: "LOCK.EXTEND",
  arity: 4,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Makes a lock last longer for who holds it.",
  syntax: "LOCK.EXTEND key token milliseconds",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    { run: "LOCK.EXTEND door 1 60000", reply: "OK" },
    { run: "LOCK.EXTEND door 7 60000", reply: "(error) FENCED token 7 does not hold 'door'" },
  ],
  run: (context, [key, token, ms]) => extendLease(context, key!, "lock", tokenArgument(token!), leaseMs(ms!)),
};
