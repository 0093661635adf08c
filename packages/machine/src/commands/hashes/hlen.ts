// HLEN: how many fields a hash has.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const hlen: CommandDefinition = {
  name: "HLEN",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "How many fields a hash has.",
  syntax: "HLEN key",
  examples: [
    { run: "HSET book title Momo pages 304", reply: "(integer) 2" },
    { run: "HLEN book", reply: "(integer) 2" },
  ],
  run: ({ keys }, [key]) => integer(keys.readCollection(key!, "hash")?.index.size ?? 0),
};
