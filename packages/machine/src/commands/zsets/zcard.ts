// ZCARD: how many members a sorted set has.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zcard: CommandDefinition = {
  name: "ZCARD",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Number of members; 0 when there is no sorted set.",
  syntax: "ZCARD key",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZCARD board", reply: "(integer) 3" },
  ],
  run: (context, [key]) => integer(readSortedSet(context, key!)?.size ?? 0),
};
