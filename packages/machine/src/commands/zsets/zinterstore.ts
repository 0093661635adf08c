// ZINTERSTORE: keeps what ZINTER gives under a key.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineAndStore } from "./combine.ts";

export const zinterstore: CommandDefinition = {
  name: "ZINTERSTORE",
  arity: -4,
  flags: ["write", "grows"],
  keys: countedKeys(2, 1),
  summary: "Makes the members of all of the sorted sets or sets all that the destination holds, and tells how many.",
  syntax: "ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZINTERSTORE both 2 mon tue", reply: "(integer) 1" },
    { run: "ZSCORE both bob", reply: '"12"' },
  ],
  run: (context, args) => combineAndStore(context, "ZINTERSTORE", args, "inter"),
};
