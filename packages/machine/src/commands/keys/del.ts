// DEL and UNLINK: remove keys, whatever they hold. Both take one step a key: what a collection held goes later.
import { integer, type Reply } from "../../reply/reply.ts";
import { ALL_KEYS, type Arguments, type CommandContext, type CommandDefinition } from "../command.ts";

export const del: CommandDefinition = {
  name: "DEL",
  arity: -2,
  flags: ["write"],
  keys: ALL_KEYS,
  summary: "Removes keys and tells how many were there.",
  syntax: "DEL key [key ...]",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "DEL a b c", reply: "(integer) 2" },
  ],
  run: removeKeys,
};

export function removeKeys(context: CommandContext, keys: Arguments): Reply {
  let removed = 0;
  for (const key of keys) {
    if (context.keys.read(key) === undefined) continue;
    context.keys.remove(key, "del");
    removed++;
  }
  return integer(removed);
}
