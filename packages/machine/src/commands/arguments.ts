// How words become numbers and options, as Redis reads them: what it accepts, what it refuses, and with which text.
import type { ByteString } from "../bytes/byte-string.ts";
import { CommandError, notAFloat, notAnInteger } from "./command-error.ts";

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN: bigint = -9223372036854775808n;

/** An option word in lower case, for comparing. */
export function word(arg: ByteString | undefined): string {
  return arg === undefined ? "" : arg.toLowerCase();
}

/** A word as C sees it: up to its first zero byte. Redis reads cursors and prints errors so. */
export function untilZero(arg: ByteString): ByteString {
  const end = arg.indexOf("\0");
  return end < 0 ? arg : arg.slice(0, end);
}

/** A signed 64-bit integer in its one decimal form (no sign +, no leading zeros, no blanks), or undefined. */
export function parseInt64(arg: ByteString): bigint | undefined {
  if (arg.length > 20 || !/^(?:0|-?[1-9][0-9]*)$/.test(arg)) return undefined;
  const value = BigInt(arg);
  return value < INT64_MIN || value > INT64_MAX ? undefined : value;
}

/** A signed 64-bit integer, or the refusal that Redis gives. */
export function int64(arg: ByteString, refusal: () => CommandError = notAnInteger): bigint {
  const value = parseInt64(arg);
  if (value === undefined) throw refusal();
  return value;
}

/**
 * A 64-bit integer as a number, for counts and positions: beyond 2^53 it is no longer exact, which no count or position
 * can tell apart.
 */
export function integerArgument(arg: ByteString, refusal: () => CommandError = notAnInteger): number {
  if (arg.length <= 15 && /^(?:0|-?[1-9][0-9]*)$/.test(arg)) return Number(arg);
  return Number(int64(arg, refusal));
}

/** An integer from `min` to `max`; Redis words what lies outside in two ways. */
export function rangedInteger(arg: ByteString, min: number, max: number, text?: string): number {
  const refusal = (): CommandError => (text === undefined ? notAnInteger() : new CommandError(text));
  const value = integerArgument(arg, refusal);
  if (value < min || value > max) {
    throw text === undefined ? new CommandError(`ERR value is out of range, must be positive`) : refusal();
  }
  return value;
}

/**
 * A double as `strtod` reads all of it: decimal or hexadecimal, `inf`, `infinity`; blanks before it, `nan` and anything
 * after it are refused, and so is what overflows.
 */
export function parseDouble(arg: ByteString): number | undefined {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(arg)) {
    const value = Number(arg);
    return Number.isFinite(value) && !underflows(arg, value) ? value : undefined;
  }
  const infinite = /^([+-]?)(?:inf|infinity)$/i.exec(arg);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const hex = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i.exec(arg);
  return hex === null || `${hex[2]}${hex[3] ?? ""}` === "" ? undefined : parseHex(hex);
}

/** A double, or the refusal that Redis gives. */
export function doubleArgument(arg: ByteString, refusal: () => CommandError = notAFloat): number {
  const value = parseDouble(arg);
  if (value === undefined) throw refusal();
  return value;
}

/** `strtod` reports a non-zero number that became zero as out of range. */
function underflows(arg: ByteString, value: number): boolean {
  return value === 0 && /[1-9]/.test(arg.split(/[eE]/)[0]!);
}

function parseHex([, sign, whole = "", fraction = "", exponent = "0"]: RegExpExecArray): number | undefined {
  const digits = whole + fraction;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === "-" ? -value : value;
}
