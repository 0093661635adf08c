// Chance that every replica shares: a generator seeded by the commit's digest and the command's place in it.
import type { ByteString } from "../bytes/byte-string.ts";
import { CommandError } from "./command-error.ts";

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: ByteString) {
    // Four words from the seed by repeated multiplication; sfc32 then mixes them well enough for picking elements.
    let word = 0x811c9dc5;
    const next = (): number => {
      for (let index = 0; index < seed.length; index++) word = Math.imul(word ^ seed.charCodeAt(index), 0x01000193);
      word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return word >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = 1;
    for (let round = 0; round < 12; round++) this.#word();
  }

  /** Where it stands, for `restore`. */
  save(): readonly [number, number, number, number] {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  /** Goes on as it did from there. */
  restore([a, b, c, d]: readonly [number, number, number, number]): void {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** A whole number from 0 to `bound` - 1, each as likely. Commands take `bound` from their arguments, so it may be anything. */
  below(bound: number): number {
    const span = 0x1_0000_0000_0000;
    if (!Number.isInteger(bound) || bound < 1 || bound > span)
      throw new CommandError("ERR chance is bounded by a whole number from 1 to 2^48");
    const limit = span - (span % bound);
    for (;;) {
      const value = (this.#word() & 0xffff) * 0x1_0000_0000 + this.#word();
      if (value < limit) return value % bound;
    }
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}
