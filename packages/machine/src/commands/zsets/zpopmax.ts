// ZPOPMAX: takes the members with the highest scores.
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { popReply } from "./pop.ts";

export const zpopmax: CommandDefinition = {
  name: "ZPOPMAX",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Takes the member with the highest score, or with a count up to that many, the highest first.",
  syntax: "ZPOPMAX key [count]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZPOPMAX board", reply: '1) "cas"\n2) "30"' },
    { run: "ZPOPMAX board 5", reply: '1) "bob"\n2) "20"\n3) "ann"\n4) "10"' },
  ],
  run: (context, args) => popReply(context, args, "max"),
};
