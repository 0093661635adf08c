// SCARD: how many members a set has.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const scard: CommandDefinition = {
  name: "SCARD",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "How many members a set has.",
  syntax: "SCARD key",
  examples: [
    { run: "SADD team ada bob", reply: "(integer) 2" },
    { run: "SCARD team", reply: "(integer) 2" },
  ],
  run: ({ keys }, [key]) => integer(keys.readCollection(key!, "set")?.index.size ?? 0),
};
