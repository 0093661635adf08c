// ELECTION.KEEP: an office for longer.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { extendLease, leaseMs, tokenArgument } from "./lease-steps.ts";

export const electionKeep: CommandDefinition = {
  name: "ELECTION.KEEP",
  arity: 4,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Makes a winner's lease last longer.",
  syntax: "ELECTION.KEEP key token milliseconds",
  examples: [
    { run: "ELECTION.STAND mayor alice 30000", reply: "1) (integer) 1\n2) (integer) 0" },
    { run: "ELECTION.KEEP mayor 1 60000", reply: "OK" },
  ],
  run: (context, [key, token, ms]) => extendLease(context, key!, "election", tokenArgument(token!), leaseMs(ms!)),
};
