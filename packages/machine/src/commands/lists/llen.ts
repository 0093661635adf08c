// LLEN: how many elements a list has.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const llen: CommandDefinition = {
  name: "LLEN",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "Length of a list; 0 when there is none.",
  syntax: "LLEN key",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "LLEN queue", reply: "(integer) 3" },
  ],
  run: ({ keys }, [key]) => integer(keys.readCollection(key!, "list")?.index.size ?? 0),
};
