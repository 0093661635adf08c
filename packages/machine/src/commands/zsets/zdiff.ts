// ZDIFF: the members of a sorted set that others do not have.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineReply } from "./combine.ts";

export const zdiff: CommandDefinition = {
  name: "ZDIFF",
  arity: -3,
  flags: ["readonly"],
  keys: countedKeys(1),
  summary: "Members of the first sorted set or set that none of the others has, with their scores in the first.",
  syntax: "ZDIFF numkeys key [key ...] [WITHSCORES]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZDIFF 2 mon tue WITHSCORES", reply: '1) "ann"\n2) "1"' },
  ],
  run: (context, args) => combineReply(context, "ZDIFF", args, "diff"),
};
