// LRANGE: the elements from one place of a list to another.
import { array, bulk, EMPTY_ARRAY } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { positionRange } from "./positions.ts";

export const lrange: CommandDefinition = {
  name: "LRANGE",
  arity: 4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Elements of a list from one place to another, both included; negative places count from the end.",
  syntax: "LRANGE key start stop",
  examples: [
    { run: "RPUSH queue a b c d", reply: "(integer) 4" },
    { run: "LRANGE queue 1 -2", reply: '1) "b"\n2) "c"' },
    { run: "LRANGE queue 5 9", reply: "(empty array)" },
  ],
  run({ keys }, [key, from, to]) {
    const start = integerArgument(from!);
    const end = integerArgument(to!);
    const list = keys.readCollection(key!, "list");
    if (list === undefined) return EMPTY_ARRAY;
    const { first, count } = positionRange(start, end, list.index.size);
    return array(list.index.slice(first, count).map(([, element]) => bulk(element)));
  },
};
