// ZUNIONSTORE: keeps what ZUNION gives under a key.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineAndStore } from "./combine.ts";

export const zunionstore: CommandDefinition = {
  name: "ZUNIONSTORE",
  arity: -4,
  flags: ["write", "grows"],
  keys: countedKeys(2, 1),
  summary: "Makes the members of any of the sorted sets or sets all that the destination holds, and tells how many.",
  syntax: "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZUNIONSTORE week 2 mon tue AGGREGATE MAX", reply: "(integer) 3" },
    { run: "ZSCORE week bob", reply: '"10"' },
  ],
  run: (context, args) => combineAndStore(context, "ZUNIONSTORE", args, "union"),
};
