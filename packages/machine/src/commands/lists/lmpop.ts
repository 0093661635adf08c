// LMPOP: takes elements from the first of several lists that has any.
import { array, bulk, NULL_ARRAY } from "../../reply/reply.ts";
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { endArgument, popElements } from "./list.ts";
import { multiPopArguments } from "./multi-pop.ts";

export const lmpop: CommandDefinition = {
  name: "LMPOP",
  arity: -4,
  flags: ["write"],
  keys: countedKeys(1),
  summary: "Takes up to `count` elements (1 unless given) from the first of the lists that is there, and names it.",
  syntax: "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
  examples: [
    { run: "RPUSH low a b c", reply: "(integer) 3" },
    { run: "LMPOP 2 high low RIGHT COUNT 2", reply: '1) "low"\n2) 1) "c"\n   2) "b"' },
    { run: "LMPOP 1 high LEFT", reply: "(nil)" },
  ],
  run(context, args) {
    const { keys, end, count } = multiPopArguments(args, endArgument);
    for (const key of keys) {
      const list = context.keys.readCollection(key, "list");
      if (list === undefined) continue;
      const elements = popElements(context, key, list, end, count);
      return array([bulk(key), array(elements.map(bulk))]);
    }
    return NULL_ARRAY;
  },
};
