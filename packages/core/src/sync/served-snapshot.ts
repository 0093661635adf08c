// The snapshot that the driver keeps for laggards. A newer one takes its place at the next checkpoint, unless somebody is
// fetching it: a laggard far away would otherwise begin again with every checkpoint and never arrive. Nobody can hold one
// for ever, because what came after it is kept as well.
import type { Clock } from "../clock.ts";
import type { AuthorIndex, CommitIndex, Millis, Round } from "../ids.ts";
import type { Cursor } from "../message.ts";

/** A piece that was not read by then never will be: the driver says nothing when it has none. */
const READ_MS = 200;
/** Without a question for this long nobody is fetching any more. */
const PIN_MS = 10_000;
/** Longer than this, or further behind than so many horizons, no snapshot stays, whoever asks. */
const PIN_MS_MAX = 600_000;
const PIN_DEPTHS_MAX = 4;

export class ServedSnapshot {
  readonly #clock: Clock;
  readonly #gcDepth: number;
  /** The commit of the snapshot that the driver was told to take, and its cursor once the state's digest is known. */
  #index: CommitIndex = 0;
  #cursor: Cursor | undefined;
  /** Peers for which a piece is being read, and since when. */
  readonly #reading = new Map<AuthorIndex, Millis>();
  #pin: { readonly since: Millis; readonly until: Millis } | undefined;

  constructor(clock: Clock, gcDepth: number) {
    this.#clock = clock;
    this.#gcDepth = gcDepth;
  }

  /** What can be served now. */
  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** Whether a new snapshot may take the place of this one, now that the horizon is here. */
  isReplaceable(horizon: Round): boolean {
    const { now } = this.#clock;
    // One that was begun is waited for.
    if (this.#index > 0 && this.#cursor === undefined) return false;
    if (this.#pin === undefined || now >= this.#pin.until || now >= this.#pin.since + PIN_MS_MAX) return true;
    return this.#cursor !== undefined && horizon > this.#cursor.horizon + PIN_DEPTHS_MAX * this.#gcDepth;
  }

  /** The driver takes a snapshot at this commit. */
  begin(index: CommitIndex): void {
    this.#index = index;
    this.#cursor = undefined;
    this.#pin = undefined;
    this.#reading.clear();
  }

  /** The state after a commit is known. */
  complete(cursor: Cursor): void {
    if (cursor.index === this.#index) this.#cursor = cursor;
  }

  /** Somebody fetches it. Answers whether to read a piece: one at a time for each, however many are asked for. */
  asked(peer: AuthorIndex): boolean {
    const { now } = this.#clock;
    this.#pin = { since: this.#pin?.since ?? now, until: now + PIN_MS };
    if (now < (this.#reading.get(peer) ?? Number.NEGATIVE_INFINITY) + READ_MS) return false;
    this.#reading.set(peer, now);
    return true;
  }

  /** The piece for that peer is read. */
  sent(peer: AuthorIndex): void {
    this.#reading.delete(peer);
  }
}
