// A command as people type it into a raw connection: words between blanks, quotes around what has blanks, and in double
// quotes the escapes that Redis knows.

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 }).map(([letter, byte]) => [letter.charCodeAt(0), byte]),
);
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** The words of a line (without its end); undefined if its quotes do not match. A zero byte ends it, as in C. */
export function splitInline(line: Uint8Array): Uint8Array[] | undefined {
  const zero = line.indexOf(0);
  const text = zero < 0 ? line : line.subarray(0, zero);
  const words: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    while (BLANKS.has(text[at] ?? -1)) at++;
    if (at >= text.length) return words;
    const start = at;
    while (at < text.length && !BLANKS.has(text[at]!) && text[at] !== DOUBLE && text[at] !== SINGLE) at++;
    if (at >= text.length || BLANKS.has(text[at]!)) words.push(text.subarray(start, at));
    else {
      const quoted = readQuoted(text, start);
      if (quoted === undefined) return undefined;
      words.push(quoted.word);
      at = quoted.end;
    }
  }
}

/** A word that has quotes somewhere. A closing quote must be its end. */
function readQuoted(text: Uint8Array, start: number): { readonly word: Uint8Array; readonly end: number } | undefined {
  const word: number[] = [];
  let quote = 0;
  let at = start;
  for (; at < text.length; at++) {
    const byte = text[at]!;
    if (quote === 0) {
      if (BLANKS.has(byte)) break;
      if (byte === DOUBLE || byte === SINGLE) quote = byte;
      else word.push(byte);
    } else if (byte === quote) {
      const after = text[at + 1];
      return after === undefined || BLANKS.has(after) ? { word: Uint8Array.from(word), end: at + 1 } : undefined;
    } else if (byte === BACKSLASH && quote === DOUBLE && at + 1 < text.length) {
      const escaped = text[++at]!;
      const code = escaped === LETTER_X ? hexByte(text, at + 1) : undefined;
      if (code === undefined) word.push(ESCAPES.get(escaped) ?? escaped);
      else {
        word.push(code);
        at += 2;
      }
    } else if (byte === BACKSLASH && quote === SINGLE && text[at + 1] === SINGLE) {
      word.push(SINGLE);
      at++;
    } else word.push(byte);
  }
  return quote === 0 ? { word: Uint8Array.from(word), end: at } : undefined;
}

function hexByte(text: Uint8Array, at: number): number | undefined {
  const digits = String.fromCharCode(text[at] ?? 0, text[at + 1] ?? 0);
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
