// ZREMRANGEBYRANK: removes the members within a range of ranks.
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { positionRange } from "../lists/positions.ts";
import { removeStretch } from "./remove-range.ts";

export const zremrangebyrank: CommandDefinition = {
  name: "ZREMRANGEBYRANK",
  arity: 4,
  flags: ["write"],
  keys: FIRST_KEY,
  summary:
    "Removes the members from one rank to another, both included, and tells how many; negative ranks count from the end.",
  syntax: "ZREMRANGEBYRANK key start stop",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREMRANGEBYRANK board 0 -2", reply: "(integer) 2" },
    { run: "ZRANGE board 0 -1", reply: '1) "cas"' },
  ],
  run(context, [key, from, to]) {
    const start = integerArgument(from!);
    const end = integerArgument(to!);
    return removeStretch(context, key!, ({ size }) => positionRange(start, end, size), "zremrangebyrank");
  },
};
