// ZSCORE: the score of a member.
import { double, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zscore: CommandDefinition = {
  name: "ZSCORE",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The score of a member.",
  syntax: "ZSCORE key member",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZSCORE board bob", reply: '"20"' },
    { run: "ZSCORE board zoe", reply: "(nil)" },
  ],
  run(context, [key, member]) {
    const score = readSortedSet(context, key!)?.score(member!);
    return score === undefined ? NULL : double(score);
  },
};
