// Bytes and their hexadecimal text, without Buffer: core runs in a browser too.

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const HIGH: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte >> 4]!);
const LOW: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte & 15]!);

/** Lower-case hex of some bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  // Every digest of every parent passes here: four bytes a call take half the time of one.
  for (; at + 4 <= bytes.length; at += 4) {
    const b0 = bytes[at]!;
    const b1 = bytes[at + 1]!;
    const b2 = bytes[at + 2]!;
    const b3 = bytes[at + 3]!;
    text += String.fromCharCode(HIGH[b0]!, LOW[b0]!, HIGH[b1]!, LOW[b1]!, HIGH[b2]!, LOW[b2]!, HIGH[b3]!, LOW[b3]!);
  }
  for (; at < bytes.length; at++) text += String.fromCharCode(HIGH[bytes[at]!]!, LOW[bytes[at]!]!);
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
