// SDIFFSTORE: keep what only the first of several sets has.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { difference, openSets, storeSet } from "./algebra.ts";

export const sdiffstore: CommandDefinition = {
  name: "SDIFFSTORE",
  arity: -3,
  flags: ["write", "grows"],
  keys: ALL_KEYS,
  summary:
    "Makes a set of the members of the first set that none of the others has, in place of whatever the destination held.",
  syntax: "SDIFFSTORE destination key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SDIFFSTORE c a b", reply: "(integer) 1" },
    { run: "SMEMBERS c", reply: '1) "x"' },
  ],
  run: (context, [destination, ...keys]) =>
    storeSet(context, destination!, difference(openSets(context, keys)), "sdiffstore"),
};
