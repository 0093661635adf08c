// ZRANGEBYLEX: ZRANGE with BYLEX, by its older name.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { rangeReply } from "./range.ts";

export const zrangebylex: CommandDefinition = {
  name: "ZRANGEBYLEX",
  arity: -4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members between two, where all have the same score.",
  syntax: "ZRANGEBYLEX key min max [LIMIT offset count]",
  examples: [
    { run: "ZADD names 0 ann 0 bob 0 cas", reply: "(integer) 3" },
    { run: "ZRANGEBYLEX names [ann (cas", reply: '1) "ann"\n2) "bob"' },
  ],
  run: (context, args) => rangeReply(context, args, { kind: "lex", reverse: false }),
};
