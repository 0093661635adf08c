// ZREMRANGEBYSCORE: removes the members with a score within bounds.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { scoreRange, stretchOfScores } from "./bounds.ts";
import { removeStretch } from "./remove-range.ts";

export const zremrangebyscore: CommandDefinition = {
  name: "ZREMRANGEBYSCORE",
  arity: 4,
  flags: ["write"],
  keys: FIRST_KEY,
  summary:
    "Removes the members with a score from one bound to the other and tells how many; ( before a bound leaves it out.",
  syntax: "ZREMRANGEBYSCORE key min max",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREMRANGEBYSCORE board -inf (30", reply: "(integer) 2" },
    { run: "ZRANGE board 0 -1", reply: '1) "cas"' },
  ],
  run(context, [key, min, max]) {
    const range = scoreRange(min!, max!);
    return removeStretch(context, key!, (set) => stretchOfScores(set, range), "zremrangebyscore");
  },
};
