// RPUSHX: puts elements behind a list that is there.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pushToExisting } from "./list.ts";

export const rpushx: CommandDefinition = {
  name: "RPUSHX",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "As RPUSH, only when the list is there; 0 when it is not.",
  syntax: "RPUSHX key element [element ...]",
  examples: [
    { run: "RPUSHX queue a", reply: "(integer) 0" },
    { run: "RPUSH queue a", reply: "(integer) 1" },
    { run: "RPUSHX queue b", reply: "(integer) 2" },
  ],
  run: (context, [key, ...elements]) => pushToExisting(context, key!, elements, "right"),
};
