// TIMER.AT: a command that runs at a given time, once.
import { rangedInteger } from "../arguments.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { startTimer } from "./timer-set.ts";

export const timerAt: CommandDefinition = {
  name: "TIMER.AT",
  arity: -4,
  flags: ["write", "grows"],
  keys: NO_KEYS,
  summary: "Runs a command once when log time reaches a Unix time; a timer of that name is replaced.",
  syntax: "TIMER.AT name unix-time-milliseconds command [argument ...]",
  examples: [
    { run: "TIMER.AT party 4102444800000 SET year 2100", reply: "OK" },
    { run: "TIMER.CANCEL party", reply: "(integer) 1" },
  ],
  within: ([, , ...words]) => [words],
  run(context, [name, time, ...words]) {
    const at = rangedInteger(time!, 0, 2 ** 48 - 1, "ERR a timer's time is a Unix time in milliseconds");
    return startTimer(context, name!, at, words);
  },
};
