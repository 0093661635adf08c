// How much a peer may have of us in answers to its questions: a bucket that fills with time. An honest laggard never
// notices; whoever asks for the same history again and again gets no more than its share of our time and line.
import type { Clock } from "../clock.ts";
import type { AuthorIndex, Millis } from "../ids.ts";

export interface AllowanceOptions {
  readonly bytesPerMs: number;
  readonly burstBytes: number;
}

export class Allowance {
  readonly #clock: Clock;
  readonly #options: AllowanceOptions;
  readonly #buckets = new Map<AuthorIndex, { bytes: number; at: Millis }>();

  constructor(clock: Clock, options: AllowanceOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Whether a peer may be answered now. An answer may overdraw; the next one then has to wait. */
  has(peer: AuthorIndex): boolean {
    return this.#bucket(peer).bytes > 0;
  }

  spend(peer: AuthorIndex, bytes: number): void {
    this.#bucket(peer).bytes -= bytes;
  }

  #bucket(peer: AuthorIndex): { bytes: number; at: Millis } {
    const { burstBytes, bytesPerMs } = this.#options;
    const { now } = this.#clock;
    let bucket = this.#buckets.get(peer);
    if (bucket === undefined) this.#buckets.set(peer, (bucket = { bytes: burstBytes, at: now }));
    bucket.bytes = Math.min(burstBytes, bucket.bytes + (now - bucket.at) * bytesPerMs);
    bucket.at = now;
    return bucket;
  }
}
