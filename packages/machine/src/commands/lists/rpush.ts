// RPUSH: puts elements behind a list.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { pushElements } from "./list.ts";

export const rpush: CommandDefinition = {
  name: "RPUSH",
  arity: -3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Puts elements behind a list, one after the other, and tells its length; makes the list when there is none.",
  syntax: "RPUSH key element [element ...]",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "LRANGE queue 0 -1", reply: '1) "a"\n2) "b"\n3) "c"' },
  ],
  run: (context, [key, ...elements]) => pushElements(context, key!, elements, "right"),
};
