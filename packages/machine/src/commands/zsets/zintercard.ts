// ZINTERCARD: how many members all of several sorted sets have.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { countCommon } from "./combine.ts";

export const zintercard: CommandDefinition = {
  name: "ZINTERCARD",
  arity: -3,
  flags: ["readonly"],
  keys: countedKeys(1),
  summary: "Number of members of all of the sorted sets or sets, counted up to LIMIT when that is not 0.",
  syntax: "ZINTERCARD numkeys key [key ...] [LIMIT limit]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZINTERCARD 2 mon tue", reply: "(integer) 1" },
  ],
  run: (context, args) => countCommon(context, "ZINTERCARD", args),
};
