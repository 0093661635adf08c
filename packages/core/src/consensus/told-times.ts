// Times that members tell, and the one that enough stake does not exceed.
import type { Millis } from "../ids.ts";

export class ToldTimes {
  /** Earliest first. */
  readonly #times: Millis[] = [];
  readonly #stakes: number[] = [];
  #stake = 0;

  /** The stake of all who told one. */
  get stake(): number {
    return this.#stake;
  }

  add(time: Millis, stake: number): void {
    this.#stake += stake;
    // Each goes to its place at once: there are few, and this is asked for every commit.
    let place = this.#times.length;
    for (; place > 0 && this.#times[place - 1]! > time; place--) {
      this.#times[place] = this.#times[place - 1]!;
      this.#stakes[place] = this.#stakes[place - 1]!;
    }
    this.#times[place] = time;
    this.#stakes[place] = stake;
  }

  /** The least time such that so much stake tells it or an earlier one; undefined if less tells any. */
  reached(stake: number): Millis | undefined {
    let below = 0;
    for (let place = 0; place < this.#times.length; place++) {
      below += this.#stakes[place]!;
      if (below >= stake) return this.#times[place];
    }
    return undefined;
  }
}
