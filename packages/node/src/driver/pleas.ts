// Which members recover from a lost disk, as far as that shows here: until such a member knows what it had said, it asks
// all others for it again and again, and makes no block. Its link stands like any other, so whoever counts links alone
// would take it for a vote.
//
// What does not show: a member that fetches a snapshot, or doubts its own state, makes no blocks either, and tells nobody.
import { type AuthorIndex, DEFAULT_TUNING, decodeMessage, isRejection, type MessageContext } from "@quorate/core";
import type { Clock } from "./clock.ts";

/** A version, a tag and a number: longer frames are something else and are not looked at. */
const PLEA_BYTES_MAX = 10;
/** A plea is said again after four times the shortest pause; a member that is busy may be late with a few. */
const PLEA_STANDS_MS: number = 5 * 4 * DEFAULT_TUNING.resendMsMin;

export class Pleas {
  readonly #context: MessageContext;
  readonly #clock: Clock;
  readonly #heardAt = new Map<AuthorIndex, number>();

  constructor(context: MessageContext, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
  }

  /** A frame came from that member. */
  heard(from: AuthorIndex, frame: Uint8Array): void {
    if (frame.length > PLEA_BYTES_MAX) return;
    const message = decodeMessage(frame, this.#context);
    if (!isRejection(message) && message.kind === "recovery-request") this.#heardAt.set(from, this.#clock.monotonic());
  }

  /** Its link is gone: the next one may belong to another life of it. */
  lost(peer: AuthorIndex): void {
    this.#heardAt.delete(peer);
  }

  isRecovering(peer: AuthorIndex): boolean {
    const at = this.#heardAt.get(peer);
    return at !== undefined && this.#clock.monotonic() - at < PLEA_STANDS_MS;
  }
}
