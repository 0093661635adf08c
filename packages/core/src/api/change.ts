// A watch: the change log as a stream, from a revision on, over server-sent events (`GET /v1/watch`) or a socket.
// Revisions are contiguous; a stream that cannot go on without a hole ends and says why. The data of each server-sent
// event is one `ChangeStreamEvent` or the `ChangeStreamEnd` as JSON, its id the `next` to resume from; a silent stream
// carries a comment at least every 15 seconds, so that a client can tell silence from death.
import type { JsonWord } from "./command-json.ts";

export interface Change {
  readonly revision: number;
  /** What happened, in the words of Redis's keyspace events: `set`, `del`, `expired`, … */
  readonly event: string;
  /** Empty for `flushall`. */
  readonly key: JsonWord;
  /** The commit that made it, and its log time. */
  readonly index: number;
  readonly time: number;
}

/** One message of a stream. `next` is the revision to resume from, on any replica. */
export type ChangeStreamEvent =
  | { readonly kind: "changes"; readonly changes: readonly Change[]; readonly next: number }
  /** Nothing that matches happened up to `next`: sent now and then, so that a resume need not start from far back. */
  | { readonly kind: "progress"; readonly next: number };

/** The last message. `compacted`: the revision asked for is no longer kept; `gap`: it was never given out. */
export interface ChangeStreamEnd {
  readonly kind: "end";
  readonly code: "compacted" | "gap" | "unavailable" | "not-allowed" | "slow";
  readonly message: string;
}
