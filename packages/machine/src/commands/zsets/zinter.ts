// ZINTER: the members of all of several sorted sets.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineReply } from "./combine.ts";

export const zinter: CommandDefinition = {
  name: "ZINTER",
  arity: -3,
  flags: ["readonly"],
  keys: countedKeys(1),
  summary: "Members of all of the sorted sets or sets; scores are multiplied by WEIGHTS and aggregated.",
  syntax: "ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZINTER 2 mon tue WEIGHTS 10 1 WITHSCORES", reply: '1) "bob"\n2) "30"' },
  ],
  run: (context, args) => combineReply(context, "ZINTER", args, "inter"),
};
