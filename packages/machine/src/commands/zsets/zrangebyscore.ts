// ZRANGEBYSCORE: ZRANGE with BYSCORE, by its older name.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrangebyscore: CommandDefinition = {
  name: "ZRANGEBYSCORE",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members with a score from one bound to the other; ( before a bound leaves it out.",
  syntax: "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZRANGEBYSCORE board 10 (30", reply: '1) "ann"\n2) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, { kind: "score", reverse: false }),
};
