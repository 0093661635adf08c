// Scores as bytes: eight of them, whose order as bytes is the order of the doubles, infinities included. A zero has no
// sign here, as in Redis's compact sorted sets, so that equal scores are equal bytes. There is no NaN: every command
// refuses it or makes it zero.
import { afterPrefix, type ByteString } from "../../bytes/byte-string.ts";

export const SCORE_BYTES = 8;

const view = new DataView(new ArrayBuffer(SCORE_BYTES));
const SIGN = 0x8000_0000;

/** The bytes of a score. */
export function packScore(score: number): ByteString {
  view.setFloat64(0, score === 0 ? 0 : score);
  let high = view.getUint32(0);
  let low = view.getUint32(4);
  // Doubles are ordered as sign and magnitude: the bits of negative ones run backwards.
  if (high < SIGN) high += SIGN;
  else {
    high = ~high >>> 0;
    low = ~low >>> 0;
  }
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}

/** The score whose bytes a text starts with. */
export function readScore(text: ByteString): number {
  let high = readU32(text, 0);
  let low = readU32(text, 4);
  if (high >= SIGN) high -= SIGN;
  else {
    high = ~high >>> 0;
    low = ~low >>> 0;
  }
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

/** The smallest byte string above all that start with a score. */
export function afterScore(score: number): ByteString {
  return afterPrefix(packScore(score))!;
}

function readU32(text: ByteString, offset: number): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => text.charCodeAt(offset + at)) as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
