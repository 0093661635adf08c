// How words become numbers and options, as Redis reads them: what it accepts, what it refuses, and with which text.
import type { ByteString } from "../bytes/byte-string.ts";
import { CommandError, notAFloat, notAnInteger } from "./command-error.ts";

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN: bigint = -9223372036854775808n;

/** An option word in lower case, for comparing. */
export function word(arg: ByteString | undefined): string {
  return arg === undefined ? "" : arg.toLowerCase();
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
 * after it are refused, and so is what overflows, and what becomes zero without being it.
 */
export function parseDouble(arg: ByteString): number | undefined {
  const value = strtod(arg);
  if (value === 0) return /[1-9a-f]/i.test(mantissaOf(arg)) ? undefined : value;
  return value === undefined || Number.isFinite(value) || /inf/i.test(arg) ? value : undefined;
}

/** What `strtod` makes of a text, if it takes all of it: out of range is infinite or zero. */
export function strtod(text: ByteString): number | undefined {
  // A digit must have one place only in the pattern, or refusing a long text would try every way to divide it.
  if (/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(text)) return Number(text);
  const infinite = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const hex = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i.exec(text);
  return hex === null || `${hex[2]}${hex[3] ?? ""}` === "" ? undefined : parseHex(hex);
}

/** A double, or the refusal that Redis gives. */
export function doubleArgument(arg: ByteString, refusal: () => CommandError = notAFloat): number {
  const value = parseDouble(arg);
  if (value === undefined) throw refusal();
  return value;
}

/** The digits before the exponent. */
function mantissaOf(arg: ByteString): ByteString {
  const hex = /^[+-]?0x([^p]*)/i.exec(arg);
  return hex === null ? arg.split(/e/i)[0]! : hex[1]!;
}

function parseHex([, sign, whole = "", fraction = "", exponent = "0"]: RegExpExecArray): number {
  const digits = whole + fraction;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
