// The first second in which a replica that has served cannot. Links that were lost are dialled again at once, and what was
// missed meanwhile is fetched; both are mostly done before a client could do anything with an error: after this process
// stood still, after a network that came back. So for that long commands and reads wait here, before the core, which would
// refuse them. What no block carries yet can wait as well as be refused: either is certain.
//
// The laws it keeps: one second from the moment at which it stopped serving, whatever happens before it serves again; and
// what waits is bounded, beyond which nothing waits any more.
import type { Millis } from "@quorate/core";

const HOLD_MS: Millis = 1_000;
/** Bytes of commands that may wait: as many as the core takes. */
export const HELD_BYTES_MAX: number = 64 * 1024 * 1024;

export class Hold {
  /** Not yet at the start, and that is no loss. */
  #isServing = false;
  #until: Millis | undefined;

  /** As it was when last looked at. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Whether the core takes commands and reads now. */
  look(isServing: boolean, now: Millis): void {
    if (isServing) this.#until = undefined;
    else if (this.#isServing) this.#until = now + HOLD_MS;
    this.#isServing = isServing;
  }

  /** When it ends; undefined where nothing has to wait. */
  endsAt(now: Millis): Millis | undefined {
    return this.#until !== undefined && now < this.#until ? this.#until : undefined;
  }

  /** More waits than may. */
  end(): void {
    this.#until = undefined;
  }
}
