// HSET: set fields of a hash.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type Arguments, type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { wrongArity } from "../command-error.ts";

export const hset: CommandDefinition = {
  name: "HSET",
  arity: -4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Sets fields of a hash and tells how many of them are new.",
  syntax: "HSET key field value [field value ...]",
  examples: [
    { run: "HSET book title Momo pages 304", reply: "(integer) 2" },
    { run: "HSET book pages 269", reply: "(integer) 0" },
    { run: "HGET book pages", reply: '"269"' },
  ],
  run: (context, args) => integer(setFields(context, "HSET", args)),
};

/** Sets fields; answers how many are new. */
export function setFields({ keys }: CommandContext, name: string, [key, ...fields]: Arguments): number {
  if (fields.length % 2 === 1) throw wrongArity(name);
  const hash = keys.editCollection(key!, "hash");
  let added = 0;
  for (let at = 0; at < fields.length; at += 2) {
    if (hash.index.put(memberKey(fields[at]!), fields[at + 1]!)) added++;
  }
  keys.saveCollection(key!, hash, "hset");
  return added;
}
