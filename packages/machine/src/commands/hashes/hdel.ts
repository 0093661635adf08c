// HDEL: remove fields. A hash without fields is gone.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hdel: CommandDefinition = {
  name: "HDEL",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Removes fields of a hash and tells how many were there; the last one takes the key with it.",
  syntax: "HDEL key field [field ...]",
  examples: [
    { run: "HSET book title Momo pages 304", reply: "(integer) 2" },
    { run: "HDEL book title author", reply: "(integer) 1" },
    { run: "HDEL book pages", reply: "(integer) 1" },
    { run: "HLEN book", reply: "(integer) 0" },
  ],
  run({ keys }, [key, ...fields]) {
    const hash = keys.readCollection(key!, "hash");
    if (hash === undefined) return integer(0);
    let removed = 0;
    for (const field of fields) if (hash.index.delete(memberKey(field))) removed++;
    if (removed > 0) keys.saveCollection(key!, hash, "hdel");
    return integer(removed);
  },
};
