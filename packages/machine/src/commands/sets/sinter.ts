// SINTER: what several sets share.
import { ALL_KEYS, type CommandDefinition } from "../command.ts";
import { intersection, membersReply, openSets } from "./algebra.ts";

export const sinter: CommandDefinition = {
  name: "SINTER",
  arity: -2,
  flags: ["readonly"],
  keys: ALL_KEYS,
  summary: "The members that all of the sets have.",
  syntax: "SINTER key [key ...]",
  examples: [
    { run: "SADD a x y", reply: "(integer) 2" },
    { run: "SADD b y z", reply: "(integer) 2" },
    { run: "SINTER a b", reply: '1) "y"' },
  ],
  run: (context, keys) => membersReply(intersection(openSets(context, keys))),
};
