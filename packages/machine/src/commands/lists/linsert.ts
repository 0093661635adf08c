// LINSERT: puts an element beside the first one that equals another. Finding it takes a walk from the list's start.
import { integer } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";

export const linsert: CommandDefinition = {
  name: "LINSERT",
  arity: 5,
  flags: ["write", "grows"],
  keys: FIRST_KEY,
  summary: "Puts an element before or after the first that equals the pivot; -1 when none does.",
  syntax: "LINSERT key <BEFORE | AFTER> pivot element",
  examples: [
    { run: "RPUSH queue a c", reply: "(integer) 2" },
    { run: "LINSERT queue BEFORE c b", reply: "(integer) 3" },
    { run: "LINSERT queue AFTER x y", reply: "(integer) -1" },
    { run: "LRANGE queue 0 -1", reply: '1) "a"\n2) "b"\n3) "c"' },
  ],
  run({ keys }, [key, where, pivot, element]) {
    const side = word(where);
    if (side !== "before" && side !== "after") throw syntaxError();
    const list = keys.readCollection(key!, "list");
    if (list === undefined) return integer(0);
    let place = 0;
    for (const [, each] of list.index.walk()) {
      if (each === pivot) {
        list.index.insertAt(side === "before" ? place : place + 1, element!);
        keys.saveCollection(key!, list, "linsert");
        return integer(list.index.size);
      }
      place++;
    }
    return integer(-1);
  },
};
