// Bytes and their hexadecimal text, without Buffer: core runs in a browser too.

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const HIGH: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte >> 4]!);
const LOW: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte & 15]!);

/** Bytes that are turned into text at once: the text of a digest is one piece, not a chain of pieces. */
const PIECE_BYTES = 32;

/** Lower-case hex of some bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const end = Math.min(bytes.length, start + PIECE_BYTES);
    const codes = new Array<number>(2 * (end - start));
    let next = 0;
    for (let at = start; at < end; at++) {
      codes[next++] = HIGH[bytes[at]!]!;
      codes[next++] = LOW[bytes[at]!]!;
    }
    text += String.fromCharCode.apply(undefined, codes);
  }
  return text;
}

/** Bytes of lower- or upper-case hex. The text must be well-formed: it comes from us, never from a peer. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = (digitOf(text.charCodeAt(2 * index)) << 4) | digitOf(text.charCodeAt(2 * index + 1));
  return bytes;
}

/** Value of a hex digit: letters of either case lie nine above their low bits. */
function digitOf(code: number): number {
  return (code & 15) + (code > 57 ? 9 : 0);
}

/** Joins byte strings into one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two byte strings are equal. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
