// LTRIM: keeps a range of a list and removes what is before and behind it.
import { OK } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { positionRange } from "./positions.ts";

export const ltrim: CommandDefinition = {
  name: "LTRIM",
  arity: 4,
  flags: ["write"],
  keys: FIRST_KEY,
  summary: "Keeps the elements from one place to another, both included, and removes the others.",
  syntax: "LTRIM key start stop",
  examples: [
    { run: "RPUSH recent a b c d", reply: "(integer) 4" },
    { run: "LTRIM recent -2 -1", reply: "OK" },
    { run: "LRANGE recent 0 -1", reply: '1) "c"\n2) "d"' },
  ],
  run({ keys }, [key, from, to]) {
    const start = integerArgument(from!);
    const end = integerArgument(to!);
    const list = keys.readCollection(key!, "list");
    if (list === undefined) return OK;
    const { first, count } = positionRange(start, end, list.index.size);
    list.index.removeRange(first + count, list.index.size - first - count);
    list.index.removeRange(0, first);
    keys.saveCollection(key!, list, "ltrim");
    return OK;
  },
};
