// SUNION: what is in any of several sets.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { membersReply, openSets, union } from "./algebra.ts";

export const sunion: CommandDefinition = {
  name: "SUNION",
  arity: -2,
  flags: ["readonly"],
  keys: ALL_KEYS,
  summary: "The members that any of the sets has.",
  syntax: "SUNION key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SUNION a b", reply: '1) "y"\n2) "x"\n3) "z"' },
  ],
  run: (context, keys) => membersReply(union(openSets(context, keys))),
};
