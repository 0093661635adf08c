// ELECTION.STAND: a candidate, who wins or waits.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { awaitLease, leaseMs } from "./lease-steps.ts";

export const electionStand: CommandDefinition = {
  name: "ELECTION.STAND",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary:
    "Stands for an election: wins it if nobody holds it, else waits in line until the winner resigns or its lease ends. Answers the token or null, and the place in line: 0 has won.",
  syntax: "ELECTION.STAND key candidate lease-milliseconds",
  examples: [
    { run: "ELECTION.STAND mayor alice 30000", reply: "1) (integer) 1\n2) (integer) 0" },
    { run: "ELECTION.STAND mayor bob 30000", reply: "1) (nil)\n2) (integer) 1" },
  ],
  run: (context, [key, candidate, ms]) =>
    awaitLease(context, { key: key!, type: "election", permits: 1 }, candidate!, leaseMs(ms!), 0),
};
