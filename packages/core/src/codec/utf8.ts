// Text as UTF-8 and back, without TextEncoder: core has no host. Decoding is strict, one text has one form; encoding
// never fails, a lone surrogate becomes U+FFFD as in every browser.

/** The UTF-8 bytes of some text. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
  }
  return Uint8Array.from(bytes);
}

/** The text of some bytes, or undefined if they are not well-formed UTF-8 in its shortest form. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!;
    const length =
      first < 0x80 ? 1 : first >> 5 === 0b110 ? 2 : first >> 4 === 0b1110 ? 3 : first >> 3 === 0b11110 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    let point = length === 1 ? first : first & (0x7f >> length);
    for (let next = 1; next < length; next++) {
      const byte = bytes[at + next]!;
      if (byte >> 6 !== 0b10) return undefined;
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < LEAST[length]! || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

/** The least code point that may take so many bytes. */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

function tail(point: number): number {
  return 0x80 | (point & 0x3f);
}
