// RPOPLPUSH: LMOVE from the end of one list to the start of another, by its older name.
import type { CommandDefinition } from "../command.ts";
import { moveElement } from "./lmove.ts";

export const rpoplpush: CommandDefinition = {
  name: "RPOPLPUSH",
  arity: 3,
  flags: ["write", "grows"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Takes the last element of one list, puts it before another or the same, and answers it.",
  syntax: "RPOPLPUSH source destination",
  examples: [
    { run: "RPUSH ring a b c", reply: "(integer) 3" },
    { run: "RPOPLPUSH ring ring", reply: '"c"' },
    { run: "LRANGE ring 0 -1", reply: '1) "c"\n2) "a"\n3) "b"' },
  ],
  run: (context, [source, target]) => moveElement(context, source!, target!, "right", "left"),
};
