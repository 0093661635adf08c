// ZPOPMIN: takes the members with the lowest scores.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { popReply } from "./pop.ts";

export const zpopmin: CommandDefinition = {
  name: "ZPOPMIN",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes the member with the lowest score, or with a count up to that many.",
  syntax: "ZPOPMIN key [count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZPOPMIN board", reply: '1) "ann"\n2) "10"' },
    { run: "ZPOPMIN board 5", reply: '1) "bob"\n2) "20"\n3) "cas"\n4) "30"' },
    { run: "ZPOPMIN board", reply: "(empty array)" },
  ],
  run: (context, args) => popReply(context, args, "min"),
};
