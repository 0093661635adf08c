// HGETALL: all of a hash.
import { bulk } from "../../reply/reply.ts";
import type { TreeEntry } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import { type Arguments, type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hgetall: CommandDefinition = {
  name: "HGETALL",
  arity: 2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "All fields of a hash with their values.",
  syntax: "HGETALL key",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HGETALL book", reply: '1) "title"\n2) "Momo"' },
    { run: "HGETALL missing", reply: "(empty array)" },
  ],
  run: (context, args) => ({
    kind: "map",
    entries: Array.from(entriesOf(context, args), ([field, value]) => [bulk(memberOf(field)), bulk(value)] as const),
  }),
};

/** The entries of a hash, in the order in which HGETALL, HKEYS and HVALS all tell them. */
export function entriesOf({ keys }: CommandContext, [key]: Arguments): Iterable<TreeEntry> {
  return keys.readCollection(key!, "hash")?.index.walk() ?? [];
}
