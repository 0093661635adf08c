// ZMPOP: takes members from the first of several sorted sets that has any.
import { array, bulk, NULL_ARRAY } from "../../reply/reply.ts";
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { multiPopArguments } from "../lists/multi-pop.ts";
import { popMembers, sortedEndArgument } from "./pop.ts";
import { nestedReply } from "./replies.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zmpop: CommandDefinition = {
  name: "ZMPOP",
  arity: -4,
  flags: ["write"],
  keys: countedKeys(1),
  summary:
    "Takes up to `count` members (1 unless given) with the lowest or highest scores from the first of the sorted sets that is there, and names it.",
  syntax: "ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZMPOP 2 other board MIN", reply: '1) "board"\n2) 1) 1) "ann"\n      2) "10"' },
    { run: "ZMPOP 1 other MAX", reply: "(nil)" },
  ],
  run(context, args) {
    const { keys, end, count } = multiPopArguments(args, sortedEndArgument);
    for (const key of keys) {
      const set = readSortedSet(context, key);
      if (set === undefined) continue;
      return array([bulk(key), nestedReply(popMembers(context, key, set, end, count))]);
    }
    return NULL_ARRAY;
  },
};
