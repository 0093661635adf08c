// Chance from a seed, for generators that must repeat: the same seed draws the same bytes on every machine.

export class Rng {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
    for (let warm = 0; warm < 4; warm++) this.word();
  }

  /** Thirty-two random bits. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 up to but without `bound`. */
  below(bound: number): number {
    return Math.floor((this.word() / 2 ** 32) * bound);
  }

  /** A whole number between both, including them. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.word() < probability * 2 ** 32;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() & 0xff);
  }

  hex(length: number): string {
    let text = "";
    for (let count = 2 * length; count > 0; count--) text += "0123456789abcdef"[this.word() & 15];
    return text;
  }

  /** A number whose size in bits is uniform: small ones and huge ones are equally likely. */
  number(bitsMax: number): number {
    const bits = this.between(0, bitsMax);
    return Math.floor((this.word() / 2 ** 32 + this.word() / 2 ** 64) * 2 ** bits);
  }
}
