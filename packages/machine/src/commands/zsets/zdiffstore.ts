// ZDIFFSTORE: keeps what ZDIFF gives under a key.
import type { CommandDefinition } from "../command.ts";
import { countedKeys } from "../counted-keys.ts";
import { combineAndStore } from "./combine.ts";

export const zdiffstore: CommandDefinition = {
  name: "ZDIFFSTORE",
  arity: -4,
  flags: ["write", "grows"],
  keys: countedKeys(2, 1),
  summary:
    "Makes the members of the first sorted set or set that none of the others has all that the destination holds, and tells how many.",
  syntax: "ZDIFFSTORE destination numkeys key [key ...]",
  examples: [
    { run: "ZADD mon 1 ann 2 bob", reply: "(integer) 2" },
    { run: "ZADD tue 10 bob 20 cas", reply: "(integer) 2" },
    { run: "ZDIFFSTORE only 2 mon tue", reply: "(integer) 1" },
    { run: "ZRANGE only 0 -1", reply: '1) "ann"' },
  ],
  run: (context, args) => combineAndStore(context, "ZDIFFSTORE", args, "diff"),
};
