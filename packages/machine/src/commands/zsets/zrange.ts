// ZRANGE: the members within a range of ranks, scores or members.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrange: CommandDefinition = {
  name: "ZRANGE",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary:
    "Members by rank, or BYSCORE or BYLEX between bounds, in their order or with REV against it. Negative ranks count from the end; with REV the higher bound comes first.",
  syntax: "ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZRANGE board 0 -2", reply: '1) "ann"\n2) "bob"' },
    { run: "ZRANGE board (10 +inf BYSCORE WITHSCORES", reply: '1) "bob"\n2) "20"\n3) "cas"\n4) "30"' },
    { run: "ZRANGE board +inf -inf BYSCORE REV LIMIT 1 1", reply: '1) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, {}),
};
