// SINTERSTORE: keep what several sets share.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { intersection, openSets, storeSet } from "./algebra.ts";

export const sinterstore: CommandDefinition = {
  name: "SINTERSTORE",
  arity: -3,
  flags: ["write", "grows"],
  keys: ALL_KEYS,
  summary: "Makes a set of the members that all of the sets have, in place of whatever the destination held.",
  syntax: "SINTERSTORE destination key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SINTERSTORE c a b", reply: "(integer) 1" },
    { run: "SMEMBERS c", reply: '1) "y"' },
  ],
  run: (context, [destination, ...keys]) =>
    storeSet(context, destination!, intersection(openSets(context, keys)), "sinterstore"),
};
