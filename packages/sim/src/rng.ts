// Chance for the simulator, from a seed. A run must repeat byte for byte on every machine, so all arithmetic is on
// 32-bit integers. Streams are forked by label, and a fork depends on the seed and the labels only, never on how much
// was drawn before it: a draw added to one part of the world does not shift what happens in another.

export interface Rng {
  /** The next 32 bits, as an integer in [0, 2^32). */
  bits(): number;
  /** A number in [0, 1), in steps of 2^-32. */
  next(): number;
  /** An integer in [0, below), every one equally likely. `below` is an integer in [1, 2^32]. */
  integer(below: number): number;
  /** True with this probability: 0 is never, 1 is always. Draws once in either case. */
  chance(probability: number): boolean;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** The same items in a random order; the list itself is left alone. */
  shuffle<T>(list: readonly T[]): T[];
  /** A waiting time of a memoryless process with this mean. */
  exponential(mean: number): number;
  /** An independent stream. The same label gives the same stream again, however much was drawn here. */
  fork(label: string): Rng;
}

/** Starts a stream. A number and its decimal text are the same seed, so that a seed survives a command line. */
export function createRng(seed: number | string): Rng {
  return new Xoshiro128(scramble([], String(seed)));
}

const TWO_POW_32 = 0x1_0000_0000;

/** xoshiro128** of Blackman and Vigna: 16 bytes of state, period 2^128 - 1, all bits usable. */
class Xoshiro128 implements Rng {
  readonly #origin: readonly number[];
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(origin: readonly number[]) {
    this.#origin = origin;
    [this.#a = 0, this.#b = 0, this.#c = 0, this.#d = 0] = origin;
  }

  bits(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  next(): number {
    return this.bits() / TWO_POW_32;
  }

  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > TWO_POW_32) {
      throw new RangeError(`integer(below) needs an integer in [1, 2^32], not ${below}`);
    }
    // Draws above the last whole multiple of `below` would favour small results: they are drawn again.
    const limit = TWO_POW_32 - (TWO_POW_32 % below);
    let draw = this.bits();
    while (draw >= limit) draw = this.bits();
    return draw % below;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("pick needs a list that is not empty");
    return list[this.integer(list.length)]!;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const items = [...list];
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const item = items[last]!;
      items[last] = items[other]!;
      items[other] = item;
    }
    return items;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  fork(label: string): Rng {
    return new Xoshiro128(scramble(this.#origin, label));
  }
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/**
 * Four state words from the words of a parent and a text. Each lane mixes everything under a constant of its own, so
 * seeds 1 and 2 have nothing in common; the length is mixed in so that a parent's words never pass for text.
 */
function scramble(origin: readonly number[], text: string): readonly number[] {
  const lanes = [0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834].map((constant) => {
    let word = constant | 0;
    for (const part of origin) word = mix(word, part, constant);
    for (let at = 0; at < text.length; at++) word = mix(word, text.charCodeAt(at), constant);
    word = mix(word, text.length + origin.length * TWO_POW_16, constant);
    return finish(word);
  });
  // The one state that xoshiro cannot leave.
  return lanes.every((lane) => lane === 0) ? [1, 0, 0, 0] : lanes;
}

const TWO_POW_16 = 0x1_0000;

function mix(word: number, part: number, constant: number): number {
  return Math.imul(rotateLeft(word ^ finish((part + constant) | 0), 13), 5) + (constant | 1);
}

/** Spreads every bit of a word over all of it, reversibly. */
function finish(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
