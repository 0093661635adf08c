// LPUSH: puts elements before a list.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pushElements } from "./list.ts";

export const lpush: CommandDefinition = {
  name: "LPUSH",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Puts elements before a list, one after the other, and tells its length; makes the list when there is none.",
  syntax: "LPUSH key element [element ...]",
  examples: [
    { run: "LPUSH queue a b c", reply: "(integer) 3" },
    { run: "LRANGE queue 0 -1", reply: '1) "c"\n2) "b"\n3) "a"' },
  ],
  run: (context, [key, ...elements]) => pushElements(context, key!, elements, "left"),
};
