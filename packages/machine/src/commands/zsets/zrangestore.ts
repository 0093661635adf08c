// ZRANGESTORE: keeps what ZRANGE selects under another key.
import { integer } from "../../reply/reply.ts";
import type { CommandDefinition } from "../command.ts";
import { parseSelection } from "./range.ts";
import { compareScored, readSortedSet, storeSortedSet } from "./sorted-set.ts";

export const zrangestore: CommandDefinition = {
  name: "ZRANGESTORE",
  arity: -5,
  flags: ["write", "grows"],
  keys: { first: 1, last: 2, step: 1 },
  summary:
    "Makes what ZRANGE selects, with its scores, all that the destination holds, and tells how many; nothing selected removes it.",
  syntax: "ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZRANGESTORE best board 0 1 REV", reply: "(integer) 2" },
    { run: "ZRANGE best 0 -1", reply: '1) "bob"\n2) "cas"' },
  ],
  run(context, [target, ...args]) {
    const selection = parseSelection(args, { store: true });
    const set = readSortedSet(context, args[0]!);
    const members = (set === undefined ? [] : [...selection.select(set)]).sort(compareScored);
    storeSortedSet(context, target!, members, "zrangestore");
    return integer(members.length);
  },
};
