// LPUSHX: puts elements before a list that is there.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pushToExisting } from "./list.ts";

export const lpushx: CommandDefinition = {
  name: "LPUSHX",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "As LPUSH, only when the list is there; 0 when it is not.",
  syntax: "LPUSHX key element [element ...]",
  examples: [
    { run: "LPUSHX queue a", reply: "(integer) 0" },
    { run: "LPUSH queue a", reply: "(integer) 1" },
    { run: "LPUSHX queue b", reply: "(integer) 2" },
  ],
  run: (context, [key, ...elements]) => pushToExisting(context, key!, elements, "left"),
};
