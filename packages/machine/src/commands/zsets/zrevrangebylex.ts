// ZREVRANGEBYLEX: ZRANGE with BYLEX and REV, by its older name.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrevrangebylex: CommandDefinition = {
  name: "ZREVRANGEBYLEX",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members from a higher one down to a lower, where all have the same score.",
  syntax: "ZREVRANGEBYLEX key max min [LIMIT offset count]",
  examples: [
    { run: "ZADD names 0 ann 0 bob 0 cas", reply: "(integer) 3" },
    { run: "ZREVRANGEBYLEX names + [b", reply: '1) "cas"\n2) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, { kind: "lex", reverse: true }),
};
