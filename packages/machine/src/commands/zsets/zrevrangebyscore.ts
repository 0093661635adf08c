// ZREVRANGEBYSCORE: ZRANGE with BYSCORE and REV, by its older name.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrevrangebyscore: CommandDefinition = {
  name: "ZREVRANGEBYSCORE",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members with a score from the higher bound down to the lower; ( before a bound leaves it out.",
  syntax: "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREVRANGEBYSCORE board +inf 20", reply: '1) "cas"\n2) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, { kind: "score", reverse: true }),
};
