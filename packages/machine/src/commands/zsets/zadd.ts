// ZADD: gives members scores.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { addMembers } from "./add.ts";

export const zadd: CommandDefinition = {
  name: "ZADD",
  arity: -4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary:
    "Gives members scores and tells how many are new, or with CH how many changed. NX adds only, XX changes only, GT and LT change only upwards or downwards; INCR adds to the one score and answers it.",
  syntax: "ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
  examples: [
    { run: "ZADD board 10 ann 20 bob", reply: "(integer) 2" },
    { run: "ZADD board GT CH 5 ann 25 bob", reply: "(integer) 1" },
    { run: "ZADD board INCR 1.5 ann", reply: '"11.5"' },
    { run: "ZADD board NX 99 ann", reply: "(integer) 0" },
  ],
  run: (context, args) => addMembers(context, args, false),
};
