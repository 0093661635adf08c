// ZSCAN: a sorted set step by step.
import { formatDouble } from "../../reply/format-double.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { scanMembers } from "../scan-members.ts";
import { readScore } from "./score.ts";

export const zscan: CommandDefinition = {
  name: "ZSCAN",
  arity: -3,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary:
    "Members with their scores, some at a time. Begin with cursor 0 and go on with the one answered, until it is 0 again: what was there all the time has then been told at least once.",
  syntax: "ZSCAN key cursor [MATCH pattern] [COUNT count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob", reply: "(integer) 2" },
    { run: "ZSCAN board 0 MATCH a*", reply: '1) "0"\n2) 1) "ann"\n   2) "10"' },
  ],
  run: (context, args) => scanMembers(context, args, "zset", (member, packed) => [member, scanText(readScore(packed))]),
};

/** Here Redis shows whole numbers with all their digits for as long as the sorted set is small. */
function scanText(score: number): string {
  return Number.isInteger(score) && Math.abs(score) <= 2 ** 62 ? String(BigInt(score)) : formatDouble(score);
}
