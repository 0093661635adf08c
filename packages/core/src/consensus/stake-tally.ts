// Adds up stake for every block of a round at once. The sums are kept as bit planes: plane k holds bit k of each sum, so
// one machine word adds to 32 sums, and counting certificates stays linear in the size of the committee.
import type { Bits } from "../bits.ts";

export class StakeTally {
  readonly #planeCount: number;
  #wordCount = 0;
  /** Planes of one word lie side by side. */
  #planes = new Int32Array(0);

  /** No sum ever exceeds `total`. */
  constructor(total: number) {
    this.#planeCount = 32 - Math.clz32(total);
  }

  /** Starts again from zero, with sums for the numbers below `size`. */
  reset(size: number): void {
    this.#wordCount = (size + 31) >>> 5;
    const length = this.#wordCount * this.#planeCount;
    if (this.#planes.length < length) this.#planes = new Int32Array(2 * length);
    else this.#planes.fill(0, 0, length);
  }

  /** Adds `stake` to the sum of every member of the set. */
  add(members: Bits, stake: number): void {
    const planes = this.#planes;
    const words = Math.min(members.length, this.#wordCount);
    for (let word = 0; word < words; word++) {
      const set = members[word]!;
      if (set === 0) continue;
      const base = word * this.#planeCount;
      for (let rest = stake, start = base; rest !== 0; rest >>>= 1, start++) {
        if ((rest & 1) === 0) continue;
        for (let carry = set, plane = start; carry !== 0; plane++) {
          const sum = planes[plane]!;
          planes[plane] = sum ^ carry;
          carry &= sum;
        }
      }
    }
  }

  /** The numbers whose sum is at least `threshold`. */
  atLeast(threshold: number): Bits {
    const result = new Int32Array(this.#wordCount);
    for (let word = 0; word < this.#wordCount; word++) {
      let greater = 0;
      let equal = -1;
      for (let plane = this.#planeCount - 1; plane >= 0; plane--) {
        const sum = this.#planes[word * this.#planeCount + plane]!;
        if (((threshold >>> plane) & 1) === 1) equal &= sum;
        else {
          greater |= equal & sum;
          equal &= ~sum;
        }
      }
      result[word] = greater | equal;
    }
    return result;
  }
}
