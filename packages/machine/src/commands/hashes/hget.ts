// HGET: the value of one field.
import { bulkOrNull } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hget: CommandDefinition = {
  name: "HGET",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The value of a field of a hash.",
  syntax: "HGET key field",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HGET book title", reply: '"Momo"' },
    { run: "HGET book author", reply: "(nil)" },
  ],
  run: ({ keys }, [key, field]) => bulkOrNull(keys.readCollection(key!, "hash")?.index.get(memberKey(field!))),
};
