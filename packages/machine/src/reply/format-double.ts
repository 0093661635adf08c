// Doubles as Redis prints them: `%.17g`, with inf, -inf and whole numbers without a point (RESP2, ZSCORE, scores).
// JavaScript's own shortest form would be shorter, and different.

/** A double as Redis 7.0 prints it in replies. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  return general(value, 17);
}

/** C's `%.<precision>g`. */
function general(value: number, precision: number): string {
  const [mantissa = "", power = ""] = value.toExponential(precision - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= precision) {
    const digits = Math.abs(exponent) < 10 ? `0${Math.abs(exponent)}` : `${Math.abs(exponent)}`;
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  return trimZeros(value.toFixed(Math.max(0, precision - 1 - exponent)));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
