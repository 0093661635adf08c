// ZCOUNT: how many members have a score within bounds.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { scoreRange, stretchOfScores } from "./bounds.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zcount: CommandDefinition = {
  name: "ZCOUNT",
  arity: 4,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Number of members with a score from one bound to the other; ( before a bound leaves it out.",
  syntax: "ZCOUNT key min max",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZCOUNT board (10 +inf", reply: "(integer) 2" },
  ],
  run(context, [key, min, max]) {
    const range = scoreRange(min!, max!);
    const set = readSortedSet(context, key!);
    return integer(set === undefined ? 0 : stretchOfScores(set, range).count);
  },
};
