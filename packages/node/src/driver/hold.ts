// The first second after a quorum was out of reach. Links that were lost are dialled again at once, and are mostly back
// before a client could do anything with an error: after this process stood still, after a network that came back, after
// a switch of the machine under it. So for that long commands and reads wait here, before the core, which would refuse
// them. What no block carries yet can wait as well as be refused: either is certain.
//
// The laws it keeps: one second for each loss, however often links flap meanwhile without a quorum; and what waits is
// bounded, beyond which nothing waits any more.
import type { Millis } from "@quorate/core";

const HOLD_MS: Millis = 1_000;
/** Bytes of commands that may wait: as many as the core takes. */
export const HELD_BYTES_MAX: number = 64 * 1024 * 1024;

export class Hold {
  /** Nothing was reached yet at the start: that is no loss. */
  #reached = false;
  #until: Millis | undefined;

  /** Links came or went. */
  look(isQuorumReached: boolean, now: Millis): void {
    if (isQuorumReached) this.#until = undefined;
    else if (this.#reached) this.#until = now + HOLD_MS;
    this.#reached = isQuorumReached;
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
