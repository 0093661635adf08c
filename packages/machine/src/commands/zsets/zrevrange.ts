// ZREVRANGE: ZRANGE with REV, by its older name.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrevrange: CommandDefinition = {
  name: "ZREVRANGE",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members by rank from the highest score down.",
  syntax: "ZREVRANGE key start stop [WITHSCORES]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREVRANGE board 0 1", reply: '1) "cas"\n2) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, { kind: "rank", reverse: true }),
};
