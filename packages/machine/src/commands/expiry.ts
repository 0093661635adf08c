// Times to live as arguments: in seconds or milliseconds, from now or absolute. "Now" is where the command's deadlines
// start (design, section 9, rule 1). What Redis refuses as out of range is refused with its text, and so is what lies
// beyond the year 10889, which records do not hold.
import type { Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { EXPIRE_AT_MAX } from "../state/keyspace.ts";
import { INT64_MAX, INT64_MIN, int64 } from "./arguments.ts";
import type { CommandContext } from "./command.ts";
import { invalidExpire } from "./command-error.ts";

export interface TimeForm {
  /** Milliseconds in the argument's unit. */
  readonly unit: 1 | 1000;
  readonly absolute: boolean;
}

/** By option word, of SET and GETEX. */
export const TIME_OPTIONS: ReadonlyMap<string, TimeForm> = new Map([
  ["ex", { unit: 1000, absolute: false }],
  ["px", { unit: 1, absolute: false }],
  ["exat", { unit: 1000, absolute: true }],
  ["pxat", { unit: 1, absolute: true }],
] as const);

/** The log time that such an argument names; it must be positive. */
export function positiveTime(
  context: CommandContext,
  name: string,
  { unit, absolute }: TimeForm,
  arg: ByteString,
): Millis {
  const amount = int64(arg);
  if (amount <= 0n) throw invalidExpire(name);
  return timeOf(context, name, { unit, absolute }, amount);
}

/** The log time that an argument of EXPIRE and its kin names; 0 and below are times that have passed. */
export function expireTime(context: CommandContext, name: string, form: TimeForm, arg: ByteString): Millis {
  return timeOf(context, name, form, int64(arg));
}

function timeOf(context: CommandContext, name: string, { unit, absolute }: TimeForm, amount: bigint): Millis {
  const scaled = amount * BigInt(unit);
  if (scaled > INT64_MAX || scaled < INT64_MIN) throw invalidExpire(name);
  const at = scaled + (absolute ? 0n : BigInt(context.start));
  if (at > BigInt(EXPIRE_AT_MAX)) throw invalidExpire(name);
  return Number(at);
}

/**
 * Whether a deadline has passed already. A time from now has when it is not after its start; an absolute one only when
 * log time has reached it, so that nothing goes early.
 */
export function hasPassed(context: CommandContext, { absolute }: TimeForm, at: Millis): boolean {
  return at <= (absolute ? context.time : context.start);
}
