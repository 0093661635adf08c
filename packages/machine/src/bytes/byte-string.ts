// Bytes as strings whose characters are 0 to 255. The machine compares, cuts, joins and looks up byte strings all day;
// JavaScript's strings do each of these natively, never alias, key maps by themselves, and take a third of the memory
// of typed arrays. Their order is the order of the bytes. Typed arrays exist only at the machine's edges
// (docs/decisions/0004-byte-strings.md).

/** Bytes, one character each, 0 to 255. */
export type ByteString = string;

const CHUNK = 8192;

/** The byte string of some bytes. */
export function byteString(bytes: Uint8Array): ByteString {
  if (bytes.length <= CHUNK) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + CHUNK) as unknown as number[]);
  }
  return text;
}

/** The bytes of a byte string. */
export function bytesOf(text: ByteString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** The UTF-8 bytes of any text; lone surrogates become U+FFFD. */
export function utf8(text: string): ByteString {
  let bytes = "";
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (code < 0x80) bytes += String.fromCharCode(code);
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000)
      bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else
      bytes += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 0x3f),
        0x80 | ((code >> 6) & 0x3f),
        0x80 | (code & 0x3f),
      );
  }
  return bytes;
}

/** The text that UTF-8 bytes spell, or undefined if they spell none. */
export function textOf(bytes: ByteString): string | undefined {
  const escaped = bytes.replace(/[^\0-$&-\x7f]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** The order of byte strings, as a comparator. */
export function compareByteStrings(left: ByteString, right: ByteString): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The smallest byte string above every one that starts with `prefix`; undefined when there is none (all 0xff). */
export function afterPrefix(prefix: ByteString): ByteString | undefined {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix.charCodeAt(last);
    if (byte < 0xff) return prefix.slice(0, last) + String.fromCharCode(byte + 1);
  }
  return undefined;
}
