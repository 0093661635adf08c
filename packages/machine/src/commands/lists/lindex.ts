// LINDEX: the element at one place of a list. As in Redis, a list that is not there answers before the place is read.
import { bulkOrNull, NULL } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { positionOf } from "./positions.ts";

export const lindex: CommandDefinition = {
  name: "LINDEX",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The element at a place of a list; negative places count from the end.",
  syntax: "LINDEX key index",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "LINDEX queue -1", reply: '"c"' },
    { run: "LINDEX queue 3", reply: "(nil)" },
  ],
  run({ keys }, [key, index]) {
    const list = keys.readCollection(key!, "list");
    if (list === undefined) return NULL;
    const place = positionOf(integerArgument(index!), list.index.size);
    return place === undefined ? NULL : bulkOrNull(list.index.at(place)?.[1]);
  },
};
