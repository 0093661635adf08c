// ZUNION: the members of any of several sorted sets.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineReply } from "./combine.ts";

export const zunion: CommandDefinition = {
  name: "ZUNION",
  arity: -3,
  flags: ["readonly"],
  keys: countedKeys(1),
  summary: "Members of any of the sorted sets or sets; scores are multiplied by WEIGHTS and aggregated.",
  syntax: "ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZUNION 2 mon tue WITHSCORES", reply: '1) "ann"\n2) "1"\n3) "bob"\n4) "12"\n5) "cas"\n6) "20"' },
  ],
  run: (context, args) => combineReply(context, "ZUNION", args, "union"),
};
