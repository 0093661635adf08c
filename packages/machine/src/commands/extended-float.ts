// The 80-bit floats of x86, which Redis computes INCRBYFLOAT and HINCRBYFLOAT in: 64 bits of mantissa, a wide exponent,
// rounding to nearest with ties to even. Held as exact integers, so the results are the same on every machine.
import type { ByteString } from "../bytes/byte-string.ts";
import { type CommandError, notAFloat } from "./command-error.ts";

/** `mantissa * 2 ** exponent`, with at most 64 bits of mantissa; 0 has exponent 0. */
interface Finite {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export type Extended = Finite | "inf" | "-inf" | "nan";

const MANTISSA_BITS = 64;
/** Of the lowest bit, for the largest and the smallest numbers. */
const EXPONENT_MAX = 16384 - MANTISSA_BITS;
const EXPONENT_MIN: number = -16382 - MANTISSA_BITS + 1;
/** Redis reads and prints numbers in a buffer of this many characters. */
const TEXT_MAX = 5 * 1024;

/** A number as `strtold` reads it, all of it, or the refusal that Redis gives. */
export function parseExtended(text: ByteString, refusal: () => CommandError = notAFloat): Extended {
  if (text.length >= TEXT_MAX) throw refusal();
  const infinite = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? "-inf" : "inf";
  const decimal = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:e([+-]?[0-9]+))?$/i.exec(text);
  const value = decimal === null ? parseHex(text) : parseDecimal(decimal);
  if (value === undefined) throw refusal();
  return value;
}

/** The sum, rounded once. */
export function addExtended(left: Extended, right: Extended): Extended {
  if (typeof left === "string" || typeof right === "string") {
    if (typeof left === "string" && typeof right === "string" && left !== right) return "nan";
    return typeof left === "string" ? left : right;
  }
  // Far apart, the smaller only tells which way a tie would go; it is brought near enough to be a sticky bit.
  const exponent = Math.min(left.exponent, right.exponent);
  const sum =
    (left.mantissa << BigInt(left.exponent - exponent)) + (right.mantissa << BigInt(right.exponent - exponent));
  return round(sum, exponent, 1n);
}

/** As C's `%.17Lf` without the zeros at its end: what Redis stores and answers. */
export function formatExtended({ mantissa, exponent }: Finite): ByteString {
  const negative = mantissa < 0n;
  const scaled = (negative ? -mantissa : mantissa) * 10n ** 17n;
  const digits = (exponent >= 0 ? scaled << BigInt(exponent) : shiftToEven(scaled, -exponent))
    .toString()
    .padStart(18, "0");
  const fraction = digits.slice(-17).replace(/0+$/, "");
  const text = digits.slice(0, -17) + (fraction === "" ? "" : `.${fraction}`);
  return negative && text !== "0" ? `-${text}` : text;
}

function parseDecimal([, sign, whole = "", fraction = "", power = "0"]: RegExpExecArray): Extended | undefined {
  const digits = whole + fraction;
  if (digits === "") return undefined;
  const mantissa = BigInt(digits) * (sign === "-" ? -1n : 1n);
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const scale = Number(power) - fraction.length;
  // Beyond these no digits can bring the number back into range.
  if (scale > 10_000) return undefined;
  if (scale < -20_000) return undefined;
  const value = scale >= 0 ? round(mantissa * 10n ** BigInt(scale), 0, 1n) : round(mantissa, 0, 10n ** BigInt(-scale));
  return inRange(value);
}

function parseHex(text: ByteString): Extended | undefined {
  const hex = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i.exec(text);
  if (hex === null) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = hex;
  if (whole + fraction === "") return undefined;
  const mantissa = BigInt(`0x${whole}${fraction}`) * (sign === "-" ? -1n : 1n);
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const exponent = Number(power) - 4 * fraction.length;
  if (Math.abs(exponent) > 100_000) return undefined;
  return inRange(round(mantissa, exponent, 1n));
}

/** A number that overflowed, or became zero without being it, is out of `strtold`'s range. */
function inRange(value: Extended): Extended | undefined {
  return typeof value === "string" || value.mantissa === 0n ? undefined : value;
}

/** The nearest number to `numerator / denominator * 2 ** exponent`. */
function round(numerator: bigint, exponent: number, denominator: bigint): Extended {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
  const negative = numerator < 0n;
  let rest = negative ? -numerator : numerator;
  // Enough bits that the quotient has at least two more than a mantissa, with a sticky bit for what is cut off.
  const extra = Math.max(0, MANTISSA_BITS + 2 - (bits(rest) - bits(denominator)));
  rest <<= BigInt(extra);
  const sticky = rest % denominator === 0n ? 0n : 1n;
  let mantissa = ((rest / denominator) << 1n) | sticky;
  exponent -= extra + 1;
  const drop = Math.max(bits(mantissa) - MANTISSA_BITS, EXPONENT_MIN - exponent, 0);
  mantissa = shiftToEven(mantissa, drop);
  exponent += drop;
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  if (bits(mantissa) > MANTISSA_BITS) {
    mantissa >>= 1n;
    exponent++;
  }
  if (exponent + bits(mantissa) - MANTISSA_BITS > EXPONENT_MAX) return negative ? "-inf" : "inf";
  return { mantissa: negative ? -mantissa : mantissa, exponent };
}

/** A shift to the right that rounds to nearest, ties to even. */
function shiftToEven(value: bigint, places: number): bigint {
  if (places <= 0) return value;
  const shift = BigInt(places);
  const kept = value >> shift;
  const half = 1n << (shift - 1n);
  const rest = value - (kept << shift);
  return rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
}

function bits(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
