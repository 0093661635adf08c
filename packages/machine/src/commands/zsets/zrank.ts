// ZRANK: the place of a member, from the lowest score up.
import { integer, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zrank: CommandDefinition = {
  name: "ZRANK",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "How many members stand before one, the lowest score first.",
  syntax: "ZRANK key member",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZRANK board cas", reply: "(integer) 2" },
    { run: "ZRANK board zoe", reply: "(nil)" },
  ],
  run(context, [key, member]) {
    const rank = readSortedSet(context, key!)?.rank(member!);
    return rank === undefined ? NULL : integer(rank);
  },
};
