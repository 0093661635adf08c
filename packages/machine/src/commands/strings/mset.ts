// MSET: many strings in one step.
import { OK } from "../../reply/reply.ts";
import type { Arguments, CommandDefinition, KeySpec } from "../command.ts";
import { wrongArity } from "../command-error.ts";

/** Every second word, from the first. */
export const PAIRED_KEYS: KeySpec = { first: 1, last: -1, step: 2 };

export const mset: CommandDefinition = {
  name: "MSET",
  arity: -3,
  flags: ["write", "grows"],
  keys: PAIRED_KEYS,
  summary: "Gives many keys strings, all in one step.",
  syntax: "MSET key value [key value ...]",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "GET b", reply: '"2"' },
  ],
  run({ keys }, args) {
    for (const [key, value] of pairsOf("MSET", args)) keys.writeString(key, value, "set");
    return OK;
  },
};

/** Keys with their values; an odd word out is an error. */
export function pairsOf(name: string, args: Arguments): [key: string, value: string][] {
  if (args.length % 2 !== 0) throw wrongArity(name);
  const pairs: [string, string][] = [];
  for (let at = 0; at < args.length; at += 2) pairs.push([args[at]!, args[at + 1]!]);
  return pairs;
}
