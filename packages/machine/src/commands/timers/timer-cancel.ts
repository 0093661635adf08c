// TIMER.CANCEL: a timer that will not run.
import { integer } from "../../reply/reply.ts";
import { cancelTimer } from "../../state/timers.ts";
import { type CommandDefinition, NO_KEYS } from "../command.ts";

export const timerCancel: CommandDefinition = {
  name: "TIMER.CANCEL",
  arity: 2,
  flags: ["write", "fast"],
  keys: NO_KEYS,
  summary: "Takes a timer away; answers 0 if there is none, because it ran or never was.",
  syntax: "TIMER.CANCEL name",
  examples: [
    { run: "TIMER.SET cleanup 60000 DEL cache", reply: "OK" },
    { run: "TIMER.CANCEL cleanup", reply: "(integer) 1" },
    { run: "TIMER.CANCEL cleanup", reply: "(integer) 0" },
  ],
  run: ({ state }, [name]) => integer(cancelTimer(state, name!) ? 1 : 0),
};
