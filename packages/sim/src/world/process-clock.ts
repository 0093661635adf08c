// The two clocks of one process, both derived from virtual time: a monotonic one that may run fast or slow, and a wall
// clock that may also be wrong and jump. Law: the monotonic clock never goes back.
import type { Millis } from "@quorate/core";

/** What wall clocks show when virtual time begins. */
export const WALL_EPOCH_MS: Millis = 1_760_000_000_000;

export class ProcessClock {
  readonly #virtual: () => Millis;
  #rate = 1;
  /** Where the rate last changed: virtual time and what the monotonic clock showed. */
  #since: Millis = 0;
  #shown: Millis = 0;
  #wallOffset: Millis = 0;
  #leastError: Millis = 0;
  #mostError: Millis = 0;

  constructor(virtual: () => Millis) {
    this.#virtual = virtual;
  }

  get monotonic(): Millis {
    return this.#shown + (this.#virtual() - this.#since) * this.#rate;
  }

  get wall(): Millis {
    return Math.max(0, Math.floor(WALL_EPOCH_MS + this.monotonic + this.#wallOffset));
  }

  /** How far the wall clock is from the truth. */
  get wallError(): Millis {
    return this.monotonic + this.#wallOffset - this.#virtual();
  }

  /** Between which errors the wall clock has always been, up to its last change. */
  get wallErrors(): { readonly least: Millis; readonly most: Millis } {
    return { least: this.#leastError, most: this.#mostError };
  }

  /** Virtual time at which the monotonic clock will show that. */
  virtualAt(monotonic: Millis): Millis {
    return this.#since + (monotonic - this.#shown) / this.#rate;
  }

  /** From now on a second lasts that many virtual seconds' worth of ticks. */
  skew(rate: number): void {
    // An error grows or shrinks evenly until the next change, so its bounds are met at changes.
    this.#noteError();
    this.#shown = this.monotonic;
    this.#since = this.#virtual();
    this.#rate = rate;
  }

  /** Moves the wall clock. */
  jump(by: Millis): void {
    this.#noteError();
    this.#wallOffset += by;
    this.#noteError();
  }

  /** Both clocks run true from now on, and the wall clock is right again, as if a time service had found it. */
  correct(): void {
    this.skew(1);
    this.#wallOffset = this.#virtual() - this.monotonic;
  }

  #noteError(): void {
    this.#leastError = Math.min(this.#leastError, this.wallError);
    this.#mostError = Math.max(this.#mostError, this.wallError);
  }
}
