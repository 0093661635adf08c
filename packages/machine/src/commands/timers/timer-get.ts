// TIMER.GET: what a timer will do, and when.
import { array, bulk, integer, NULL } from "../../reply/reply.ts";
import { readTimer } from "../../state/timers.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";

export const timerGet: CommandDefinition = {
  name: "TIMER.GET",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: NO_KEYS,
  summary: "The milliseconds until a timer runs, by estimate, and its command; null if there is none.",
  syntax: "TIMER.GET name",
  examples: [
    { run: "TIMER.GET cleanup", reply: "(nil)" },
    { run: "TIMER.SET cleanup 60000 DEL cache", reply: "OK" },
    { run: "TIMER.GET cleanup", reply: '1) (integer) 60000\n2) 1) "DEL"\n   2) "cache"' },
  ],
  run({ state, now }, [name]) {
    const timer = readTimer(state, name!);
    return timer === undefined ? NULL : array([integer(Math.max(1, timer.at - now)), array(timer.words.map(bulk))]);
  },
};
