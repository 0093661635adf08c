// SDIFF: what only the first of several sets has.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { difference, membersReply, openSets } from "./algebra.ts";

export const sdiff: CommandDefinition = {
  name: "SDIFF",
  arity: -2,
  flags: ["readonly"],
  keys: ALL_KEYS,
  summary: "The members of the first set that none of the others has.",
  syntax: "SDIFF key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SDIFF a b", reply: '1) "x"' },
  ],
  run: (context, keys) => membersReply(difference(openSets(context, keys))),
};
