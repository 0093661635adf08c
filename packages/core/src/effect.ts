// Everything a replica can ask for. Effects are carried out in the order given; the order laws stand on each kind and
// are kept by the outbox: a driver that obeys the list cannot break them.
import type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round } from "./ids.ts";
import type { Rejection } from "./rejection.ts";

/** A block of a batch with the commands it carries. */
export interface BatchBlock {
  readonly ref: BlockRef;
  readonly author: AuthorIndex;
  /** When its author made it, by that author's wall clock. Deadlines start at the later of this and log time. */
  readonly timestamp: Millis;
  readonly payload: readonly Uint8Array[];
  /** For this replica's own blocks since it started: the ids of the submitted commands, in payload order. */
  readonly ids: readonly number[] | undefined;
}

/** One commit: the blocks that an anchor adds to the log, in the agreed order. */
export interface Batch {
  readonly index: CommitIndex;
  readonly anchor: BlockRef;
  /** Log time: never goes back. */
  readonly time: Millis;
  /** Digest of the chain of commits up to this one: the same on every replica, also the seed for random choices. */
  readonly chainDigest: Digest;
  readonly blocks: readonly BatchBlock[];
}

/** What goes into the block log. Records are opaque bytes with a sequence; a restart hands them back in order. */
export interface LogRecord {
  readonly sequence: number;
  /**
   * `block`: an accepted block. `cursor`: a point from which commits can be derived again. `amnesia`: this log began after
   * its predecessor was lost; until an own block with `recovered` follows, every restart is amnesia again.
   */
  readonly kind: "block" | "cursor" | "amnesia";
  /** The round of a block; for a cursor, the horizon at or below which it needs no block; 0 for `amnesia`. */
  readonly round: Round;
  readonly bytes: Uint8Array;
}

/** Blocks and everything else that is urgent, or bulk for a peer that catches up: two connections, so that votes never queue behind bulk. */
export type Channel = "blocks" | "catch-up";

export type Effect =
  /** Append these; when they are durable say `persisted`. One group sync per turn is enough. */
  | { readonly kind: "persist"; readonly records: readonly LogRecord[] }
  /** Sent only after every record that it speaks of is durable (the outbox holds it back until then). */
  | { readonly kind: "send"; readonly to: AuthorIndex; readonly channel: Channel; readonly bytes: Uint8Array }
  | { readonly kind: "broadcast"; readonly channel: Channel; readonly bytes: Uint8Array }
  /**
   * Apply this, answer its commands, and say `applied`. State after it may be made durable only once every record up to
   * `durableAfter` is.
   */
  | { readonly kind: "commit"; readonly batch: Batch; readonly durableAfter: number }
  /** The state is at this commit: keep a snapshot of it, to be served to laggards, and drop the one before. */
  | { readonly kind: "checkpoint"; readonly index: CommitIndex }
  /** A laggard wants a piece of the snapshot at this index: say `snapshot-piece` (or nothing, if it is gone). */
  | { readonly kind: "read-snapshot"; readonly to: AuthorIndex; readonly index: CommitIndex; readonly offset: number }
  /** Stage this piece of a snapshot; after the last one verify it, swap the state, and say `restored` or `restore-failed`. */
  | {
      readonly kind: "restore";
      readonly index: CommitIndex;
      readonly offset: number;
      readonly total: number;
      readonly bytes: Uint8Array;
      /** What the state's running digest must be. */
      readonly digest: Digest;
    }
  /** The pieces that were staged so far are no longer wanted. */
  | { readonly kind: "unstage"; readonly index: CommitIndex }
  /** Everything acknowledged before this read was asked is applied: answer it from the state as it is now. */
  | { readonly kind: "read-ready"; readonly id: number }
  /** No quorum can be asked: certainly not answered. */
  | { readonly kind: "read-refused"; readonly id: number; readonly reason: RefusalReason }
  /** Not proposed, and never will be: certainly not applied. */
  | { readonly kind: "refused"; readonly id: number; readonly reason: RefusalReason }
  /**
   * A command whose block can no longer be ordered here, and that is not proposed again: a raw one, or one of a session when
   * there is no quorum to try once more. `certain`: it is not applied. If a snapshot skipped the commits in question, it may
   * have been.
   */
  | { readonly kind: "dropped"; readonly id: number; readonly certain: boolean }
  /** Step with a tick no later than this. Replaces the earlier wish; `undefined` waits for ever. */
  | { readonly kind: "wake-at"; readonly time: Millis | undefined }
  /** Records of blocks at or below this round, and other records older than this sequence, are no longer needed. */
  | { readonly kind: "forget"; readonly round: Round; readonly cursor: number }
  /** A member was caught saying two things. */
  | { readonly kind: "evidence"; readonly author: AuthorIndex; readonly what: string }
  /** Something from outside was refused; counted and told, nothing depends on it. */
  | { readonly kind: "rejected"; readonly from: AuthorIndex; readonly rejection: Rejection }
  /** This replica must stop: it diverged, or something that must hold does not. The dump names what. */
  | { readonly kind: "halt"; readonly reason: HaltReason; readonly dump: string };

export type RefusalReason = "no-quorum" | "recovering" | "diverged" | "too-large" | "overloaded";

export type HaltReason = "diverged" | "forked-identity" | "invariant";
