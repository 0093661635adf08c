// GETEX: answers a string and changes when its key expires.
import { bulk, NULL } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type Arguments, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { hasPassed, positiveTime, TIME_OPTIONS, type TimeForm } from "../expiry.ts";

export const getex: CommandDefinition = {
  name: "GETEX",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Answers a string and sets or removes its key's time to live.",
  syntax: "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
  examples: [
    { run: "SET city Utrecht EX 60", reply: "OK" },
    { run: "GETEX city PERSIST", reply: '"Utrecht"' },
    { run: "TTL city", reply: "(integer) -1" },
  ],
  run(context, [key, ...rest]) {
    const { keys } = context;
    const { time, persist } = parseOptions(rest);
    const entry = keys.readAs(key!, "string");
    if (entry === undefined) return NULL;
    if (time !== undefined) {
      const at = positiveTime(context, "GETEX", time.form, time.argument);
      if (hasPassed(context, time.form, at)) keys.remove(key!, "del");
      else keys.expire(key!, entry, at, "expire");
    } else if (persist && entry.expireAt !== 0) keys.expire(key!, entry, 0, "persist");
    return bulk(entry.body);
  },
};

interface Options {
  readonly time: { readonly form: TimeForm; readonly argument: string } | undefined;
  readonly persist: boolean;
}

function parseOptions(args: Arguments): Options {
  let persist = false;
  let time: { form: TimeForm; argument: string; option: string } | undefined;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    const form = TIME_OPTIONS.get(option);
    if (option === "persist" && time === undefined) persist = true;
    else if (form !== undefined && !persist && (time?.option ?? option) === option && at + 1 < args.length)
      time = { form, argument: args[++at]!, option };
    else throw syntaxError();
  }
  return { time, persist };
}
