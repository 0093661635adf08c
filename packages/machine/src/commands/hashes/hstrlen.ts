// HSTRLEN: how long a field's value is.
import { integer } from "../../reply/reply.ts";
import { memberKey } from "../../state/member-key.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hstrlen: CommandDefinition = {
  name: "HSTRLEN",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "How many bytes the value of a field has; 0 if the field is not there.",
  syntax: "HSTRLEN key field",
  examples: [
    { run: "HSET book title Momo", reply: "(integer) 1" },
    { run: "HSTRLEN book title", reply: "(integer) 4" },
    { run: "HSTRLEN book author", reply: "(integer) 0" },
  ],
  run: ({ keys }, [key, field]) =>
    integer(keys.readCollection(key!, "hash")?.index.get(memberKey(field!))?.length ?? 0),
};
