// Doubles as Redis prints them: `%.17g`, with inf, -inf and whole numbers without a point (RESP2, ZSCORE, scores).
// JavaScript's own shortest form would be shorter, and different.

const DIGITS = 17;

/** A double as Redis 7.0 prints it in replies. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return value === 0 ? `${sign}0` : sign + general(Math.abs(value));
}

/** C's `%.17g` of a positive number. */
function general(value: number): string {
  const [mantissa = "", power = ""] = rounded(value).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= DIGITS) {
    const digits = Math.abs(exponent) < 10 ? `0${Math.abs(exponent)}` : `${Math.abs(exponent)}`;
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  const digits = mantissa.replace(".", "");
  if (exponent < 0) return trimZeros(`0.${"0".repeat(-1 - exponent)}${digits}`);
  return trimZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

/** Seventeen digits and an exponent. What lies in the middle goes to the even digit in C, and up in JavaScript. */
function rounded(value: number): string {
  const [more = "", power = ""] = value.toExponential(DIGITS).split("e");
  if (/[02468]5$/.test(more) && /^50*e/.test(value.toExponential(100).slice(more.length - 1)))
    return `${more.slice(0, -1)}e${power}`;
  return value.toExponential(DIGITS - 1);
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}
