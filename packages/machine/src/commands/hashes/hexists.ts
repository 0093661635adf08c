// HEXISTS: whether a hash has a field.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hexists: CommandDefinition = {
  name: "HEXISTS",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Whether a hash has a field.",
  syntax: "HEXISTS key field",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HEXISTS book title", reply: "(integer) 1" },
    { run: "HEXISTS book author", reply: "(integer) 0" },
  ],
  run: ({ keys }, [key, field]) =>
    integer(keys.readCollection(key!, "hash")?.index.has(memberKey(field!)) === true ? 1 : 0),
};
