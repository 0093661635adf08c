// TIMER.SET and TIMER.AT: a command that runs later, once.
import type { Millis } from "@quorate/core";
import type { ByteString } from "../../bytes/byte-string.ts";
import { OK, type Reply } from "../../reply/reply.ts";
import { setTimer } from "../../state/timers.ts";
import { rangedInteger } from "../arguments.ts";
import { type CommandContext, type CommandDefinition, NO_KEYS } from "../command.ts";
import { CommandError } from "../command-error.ts";

const DELAY_MS_MAX = 100 * 366 * 24 * 3_600_000;

export const timerSet: CommandDefinition = {
  name: "TIMER.SET",
  arity: -4,
  flags: ["write", "grows"],
  keys: NO_KEYS,
  summary: "Runs a command once after a delay in log time; a timer of that name is replaced.",
  syntax: "TIMER.SET name milliseconds command [argument ...]",
  examples: [
    { run: "TIMER.SET cleanup 60000 DEL cache", reply: "OK" },
    { run: "TIMER.GET cleanup", reply: '1) (integer) 60000\n2) 1) "DEL"\n   2) "cache"' },
  ],
  within: ([, , ...words]) => [words],
  run(context, [name, delay, ...words]) {
    const ms = rangedInteger(delay!, 1, DELAY_MS_MAX, "ERR a timer's delay is from 1 ms to 100 years");
    return startTimer(context, name!, context.start + ms, words);
  },
};

/** Sets a timer whose command could run now: a mistake is told to who makes it, not to the log. */
export function startTimer(context: CommandContext, name: ByteString, at: Millis, words: readonly ByteString[]): Reply {
  if (name === "" || name.length > context.config.keyBytesMax)
    throw new CommandError(`ERR a timer's name has from 1 to ${context.config.keyBytesMax} bytes`);
  context.check(words);
  setTimer(context.state, name, { at, user: context.user, words });
  return OK;
}
