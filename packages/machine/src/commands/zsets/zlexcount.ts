// ZLEXCOUNT: how many members lie between two members.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { lexRange, stretchOfMembers } from "./bounds.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zlexcount: CommandDefinition = {
  name: "ZLEXCOUNT",
  arity: 4,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary:
    "Number of members between two, where all have the same score: [ before a bound includes it, ( leaves it out, - and + are before and after all.",
  syntax: "ZLEXCOUNT key min max",
  examples: [
    { run: "ZADD names 0 ann 0 bob 0 cas", reply: "(integer) 3" },
    { run: "ZLEXCOUNT names [b +", reply: "(integer) 2" },
  ],
  run(context, [key, min, max]) {
    const range = lexRange(min!, max!);
    const set = readSortedSet(context, key!);
    return integer(set === undefined ? 0 : stretchOfMembers(set, range).count);
  },
};
