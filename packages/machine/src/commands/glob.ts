// Redis's patterns: `*`, `?`, `[a-z]`, `[^x]` and `\` before a character that is meant as itself. Unfinished patterns
// match as they do in Redis. Never exponential: once the rest after a `*` has failed at the end of the text, no longer
// match of an earlier `*` can succeed.
import type { ByteString } from "../bytes/byte-string.ts";

/** Whether all of `text` matches. */
export function globMatches(pattern: ByteString, text: ByteString): boolean {
  return new Match(pattern, text).from(0, 0);
}

class Match {
  readonly #pattern: ByteString;
  readonly #text: ByteString;
  #hopeless = false;

  constructor(pattern: ByteString, text: ByteString) {
    this.#pattern = pattern;
    this.#text = text;
  }

  from(at: number, place: number): boolean {
    const pattern = this.#pattern;
    const text = this.#text;
    while (at < pattern.length && place < text.length) {
      const symbol = pattern[at];
      if (symbol === "*") return this.#star(at, place);
      if (symbol === "[") {
        const end = this.#classEnd(at + 1, text[place]!);
        if (end < 0) return false;
        at = end;
      } else if (symbol !== "?") {
        if (symbol === "\\" && at + 1 < pattern.length) at++;
        if (pattern[at] !== text[place]) return false;
      }
      at++;
      place++;
    }
    if (place === text.length) while (pattern[at] === "*") at++;
    return at >= pattern.length && place === text.length;
  }

  #star(at: number, place: number): boolean {
    while (this.#pattern[at + 1] === "*") at++;
    if (at + 1 === this.#pattern.length) return true;
    for (; place < this.#text.length; place++) {
      if (this.from(at + 1, place)) return true;
      if (this.#hopeless) return false;
    }
    this.#hopeless = true;
    return false;
  }

  /** Reads a class from after its bracket; answers where it ends if the character is in it, and -1 if not. */
  #classEnd(at: number, character: string): number {
    const pattern = this.#pattern;
    const negated = pattern[at] === "^";
    if (negated) at++;
    let found = false;
    for (; ; at++) {
      if (pattern[at] === "\\" && at + 1 < pattern.length) {
        at++;
        if (pattern[at] === character) found = true;
      } else if (pattern[at] === "]") break;
      else if (at >= pattern.length) {
        at = pattern.length - 1;
        break;
      } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
        const [low, high] = [pattern[at]!, pattern[at + 2]!].sort();
        if (character >= low! && character <= high!) found = true;
        at += 2;
      } else if (pattern[at] === character) found = true;
    }
    return found === negated ? -1 : at;
  }
}
