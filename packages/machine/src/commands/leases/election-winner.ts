// ELECTION.WINNER: who has won.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { describeLease } from "./lease-steps.ts";

export const electionWinner: CommandDefinition = {
  name: "ELECTION.WINNER",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary:
    "Who has won an election: candidate, token and milliseconds left by estimate; and how many wait. Null if nobody has.",
  syntax: "ELECTION.WINNER key",
  examples: [
    { run: "ELECTION.WINNER mayor", reply: "(nil)" },
    { run: "ELECTION.STAND mayor alice 30000", reply: "1) (integer) 1\n2) (integer) 0" },
    {
      run: "ELECTION.WINNER mayor",
      reply: '1) 1) 1) "alice"\n      2) (integer) 1\n      3) (integer) 30000\n2) (integer) 0',
    },
  ],
  run: (context, [key]) => describeLease(context, key!, "election"),
};
