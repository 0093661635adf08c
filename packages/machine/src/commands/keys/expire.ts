// EXPIRE: after how many seconds a key goes. What the four commands that set an expiry share is here.
import type { Millis } from "@quorate/core";
import { integer, type Reply } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type Arguments, type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError, untilZero } from "../command-error.ts";
import { expireTime, hasPassed, type TimeForm } from "../expiry.ts";

export const expire: CommandDefinition = {
  name: "EXPIRE",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Lets a key expire after some seconds of log time: never early, and a moment late at most.",
  syntax: "EXPIRE key seconds [NX | XX | GT | LT]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "EXPIRE a 60", reply: "(integer) 1" },
    { run: "EXPIRE a 90 NX", reply: "(integer) 0" },
    { run: "TTL a", reply: "(integer) 60" },
  ],
  run: (context, args) => expireKey(context, "EXPIRE", { unit: 1000, absolute: false }, args),
};

/** Sets when a key expires, if its conditions hold; a time that has passed removes it. */
export function expireKey(
  context: CommandContext,
  name: string,
  form: TimeForm,
  [key, time, ...options]: Arguments,
): Reply {
  const { keys } = context;
  const conditions = parseConditions(options);
  const at = expireTime(context, name, form, time!);
  const entry = keys.read(key!);
  if (entry === undefined || !conditions.every((condition) => holds(condition, entry.expireAt, at))) return integer(0);
  if (hasPassed(context, form, at)) keys.remove(key!, "del");
  else keys.expire(key!, entry, at, "expire");
  return integer(1);
}

function holds(condition: string, before: Millis, at: Millis): boolean {
  if (condition === "nx") return before === 0;
  if (condition === "xx") return before !== 0;
  // No expiry counts as one in the infinite future.
  return condition === "gt" ? before !== 0 && at > before : before === 0 || at < before;
}

function parseConditions(args: Arguments): string[] {
  const conditions = args.map(word);
  for (const [place, condition] of conditions.entries()) {
    if (!["nx", "xx", "gt", "lt"].includes(condition))
      throw new CommandError(`ERR Unsupported option ${untilZero(args[place]!)}`);
  }
  const has = (condition: string): boolean => conditions.includes(condition);
  if (has("nx") && (has("xx") || has("gt") || has("lt")))
    throw new CommandError("ERR NX and XX, GT or LT options at the same time are not compatible");
  if (has("gt") && has("lt")) throw new CommandError("ERR GT and LT options at the same time are not compatible");
  return conditions;
}
