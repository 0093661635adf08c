// DBSIZE: how many keys there are.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";

export const dbsize: CommandDefinition = {
  name: "DBSIZE",
  arity: 1,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "The number of keys.",
  syntax: "DBSIZE",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "DBSIZE", reply: "(integer) 2" },
  ],
  run: ({ keys }) => integer(keys.count),
};
