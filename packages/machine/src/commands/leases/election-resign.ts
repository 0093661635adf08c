// ELECTION.RESIGN: a candidate who goes.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { leaveLease } from "./lease-steps.ts";

export const electionResign: CommandDefinition = {
  name: "ELECTION.RESIGN",
  arity: 3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes a candidate out of an election, as winner or from the line; the next in line wins at once.",
  syntax: "ELECTION.RESIGN key candidate",
  examples: [
    { run: "ELECTION.STAND mayor alice 30000", reply: "1) (integer) 1\n2) (integer) 0" },
    { run: "ELECTION.STAND mayor bob 30000", reply: "1) (nil)\n2) (integer) 1" },
    { run: "ELECTION.RESIGN mayor alice", reply: "(integer) 1" },
    {
      run: "ELECTION.WINNER mayor",
      reply: '1) 1) 1) "bob"\n      2) (integer) 2\n      3) (integer) 30000\n2) (integer) 0',
    },
  ],
  run: (context, [key, candidate]) => leaveLease(context, key!, "election", candidate!),
};
