// HSETNX: set a field only if the hash does not have it.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hsetnx: CommandDefinition = {
  name: "HSETNX",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Sets a field of a hash unless it is there.",
  syntax: "HSETNX key field value",
  examples: [
    { run: "HSETNX seat 12A Ada", reply: "(integer) 1" },
    { run: "HSETNX seat 12A Bob", reply: "(integer) 0" },
    { run: "HGET seat 12A", reply: '"Ada"' },
  ],
  run({ keys }, [key, field, value]) {
    const hash = keys.editCollection(key!, "hash");
    const place = memberKey(field!);
    if (hash.index.has(place)) return integer(0);
    hash.index.put(place, value!);
    keys.saveCollection(key!, hash, "hset");
    return integer(1);
  },
};
