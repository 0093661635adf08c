// ZREVRANK: the place of a member, from the highest score down.
import { integer, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zrevrank: CommandDefinition = {
  name: "ZREVRANK",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "How many members stand before one, the highest score first.",
  syntax: "ZREVRANK key member",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREVRANK board cas", reply: "(integer) 0" },
    { run: "ZREVRANK board zoe", reply: "(nil)" },
  ],
  run(context, [key, member]) {
    const set = readSortedSet(context, key!);
    const rank = set?.rank(member!);
    return set === undefined || rank === undefined ? NULL : integer(set.size - 1 - rank);
  },
};
