// SUNIONSTORE: keep what is in any of several sets.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { openSets, storeSet, union } from "./algebra.ts";

export const sunionstore: CommandDefinition = {
  name: "SUNIONSTORE",
  arity: -3,
  flags: ["write", "grows"],
  keys: ALL_KEYS,
  summary: "Makes a set of the members that any of the sets has, in place of whatever the destination held.",
  syntax: "SUNIONSTORE destination key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SUNIONSTORE c a b", reply: "(integer) 3" },
    { run: "SMEMBERS c", reply: '1) "y"\n2) "x"\n3) "z"' },
  ],
  run: (context, [destination, ...keys]) =>
    storeSet(context, destination!, union(openSets(context, keys)), "sunionstore"),
};
