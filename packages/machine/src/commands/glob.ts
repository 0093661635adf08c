// Redis's patterns: `*`, `?`, `[a-z]`, `[^x]` and `\` before a character that is meant as itself. Unfinished patterns
// match as they do in Redis.
//
// A pattern is read once and matched without recursion: where a stack ends is not the same on every replica. Only the
// last `*` is ever gone back to (once what stands between two of them has been found, no later place for it can help), so a
// match takes at most as many steps as the text and the pattern have bytes, multiplied; that is why patterns are bounded.
import type { ByteString } from "../bytes/byte-string.ts";
import { CommandError } from "./command-error.ts";

const PATTERN_BYTES_MAX = 1024;

/** What one character of the text has to be; `star` is any number of any. */
type Symbol = "star" | ((character: string) => boolean);

/** Reads a pattern; answers whether all of a text matches it. */
export function globOf(pattern: ByteString): (text: ByteString) => boolean {
  if (pattern.length > PATTERN_BYTES_MAX)
    throw new CommandError(`ERR a pattern may have at most ${PATTERN_BYTES_MAX} bytes`);
  const symbols = symbolsOf(pattern);
  return (text) => matches(symbols, text);
}

function matches(symbols: readonly Symbol[], text: ByteString): boolean {
  let at = 0;
  let place = 0;
  let afterStar = -1;
  let starEnd = 0;
  while (place < text.length) {
    const symbol = symbols[at];
    if (symbol === "star") {
      afterStar = ++at;
      starEnd = place;
    } else if (symbol?.(text[place]!) === true) {
      at++;
      place++;
    } else if (afterStar >= 0) {
      at = afterStar;
      place = ++starEnd;
    } else return false;
  }
  while (symbols[at] === "star") at++;
  return at === symbols.length;
}

function symbolsOf(pattern: ByteString): Symbol[] {
  const symbols: Symbol[] = [];
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "*") symbols.push("star");
    else if (pattern[at] === "?") symbols.push(() => true);
    else if (pattern[at] === "[") {
      const { symbol, end } = classAt(pattern, at + 1);
      symbols.push(symbol);
      at = end;
    } else {
      if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
      const meant = pattern[at];
      symbols.push((character) => character === meant);
    }
  }
  return symbols;
}

/** A class from after its bracket, and where it ends: one that is not closed takes in the rest. */
function classAt(pattern: ByteString, start: number): { readonly symbol: Symbol; readonly end: number } {
  const negated = pattern[start] === "^";
  const members = new Set<string>();
  let at = negated ? start + 1 : start;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) members.add(pattern[++at]!);
    else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [low, high] = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)].sort((left, right) => left - right);
      for (let code = low!; code <= high!; code++) members.add(String.fromCharCode(code));
      at += 2;
    } else members.add(pattern[at]!);
  }
  return { symbol: (character) => members.has(character) !== negated, end: at };
}
