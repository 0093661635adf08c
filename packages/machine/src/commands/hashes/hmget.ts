// HMGET: the values of several fields.
import { array, bulkOrNull } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hmget: CommandDefinition = {
  name: "HMGET",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The values of several fields of a hash, in the order asked for.",
  syntax: "HMGET key field [field ...]",
  examples: [
    { run: "HSET book title Momo pages 304", reply: "(integer) 2" },
    { run: "HMGET book pages author title", reply: '1) "304"\n2) (nil)\n3) "Momo"' },
  ],
  run({ keys }, [key, ...fields]) {
    const hash = keys.readCollection(key!, "hash");
    return array(fields.map((field) => bulkOrNull(hash?.index.get(memberKey(field)))));
  },
};
