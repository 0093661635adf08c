// ZREMRANGEBYLEX: removes the members between two members.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { lexRange, stretchOfMembers } from "./bounds.ts";
import { removeStretch } from "./remove-range.ts";

export const zremrangebylex: CommandDefinition = {
  name: "ZREMRANGEBYLEX",
  arity: 4,
  flags: ["write"],
  keys: FIRST_KEY,
  summary: "Removes the members between two, where all have the same score, and tells how many.",
  syntax: "ZREMRANGEBYLEX key min max",
  examples: [
    { run: "ZADD names 0 ann 0 bob 0 cas", reply: "(integer) 3" },
    { run: "ZREMRANGEBYLEX names - (cas", reply: "(integer) 2" },
    { run: "ZRANGE names 0 -1", reply: '1) "cas"' },
  ],
  run(context, [key, min, max]) {
    const range = lexRange(min!, max!);
    return removeStretch(context, key!, (set) => stretchOfMembers(set, range), "zremrangebylex");
  },
};
