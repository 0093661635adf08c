// What replicas say to each other: a peer's frame decodes to one of these.
import type { BlockRef, CommitIndex, Digest, Millis, Round } from "./ids.ts";

export type Message =
  /** Encoded blocks: pushed when made, or in answer to `fetch` or `want`. */
  | { readonly kind: "blocks"; readonly blocks: readonly Uint8Array[] }
  /** Send me these: parents that I miss. */
  | { readonly kind: "fetch"; readonly refs: readonly BlockRef[] }
  /** Where I stand: said when a link comes up, and as the keep-alive. */
  | {
      readonly kind: "heads";
      /** Highest round I accepted, by author. */
      readonly rounds: readonly Round[];
      /** Rounds at or below this I no longer hold. */
      readonly floor: Round;
      /** My last applied commit and my digest there (empty if nothing is applied). */
      readonly index: CommitIndex;
      readonly digest: Digest;
      /** The commit of my newest checkpoint, 0 if none. */
      readonly checkpoint: CommitIndex;
      /** Echo of the time in the peer's last `heads`, and mine: measures round trips. */
      readonly sentAt: Millis;
      readonly echo: Millis;
      /** My wall clock as I say this: whose clock runs ahead of most others' learns it here. */
      readonly wall: Millis;
      /** I have need: please answer, and send what I lack. */
      readonly needy: boolean;
    }
  /** Send what I lack by author chains: every block you hold above these rounds, oldest first, some at a time. */
  | { readonly kind: "want"; readonly rounds: readonly Round[] }
  /** A read barrier: what is your newest block? */
  | { readonly kind: "frontier-request"; readonly id: number }
  /** My newest block, whole, so that it cannot be made up; empty bytes stand for genesis. */
  | { readonly kind: "frontier"; readonly id: number; readonly head: Uint8Array }
  /** I lost my disk: tell me what you hold, of yourself and of me. */
  | { readonly kind: "recovery-request"; readonly nonce: number }
  | {
      readonly kind: "recovery";
      readonly nonce: number;
      /** The replier's own newest block; empty bytes stand for genesis. */
      readonly head: Uint8Array;
      /** Highest round the replier accepted, by author. */
      readonly rounds: readonly Round[];
      readonly floor: Round;
    }
  /** Your digests after these commits, please (divergence, snapshots). */
  | { readonly kind: "digest-request"; readonly from: CommitIndex; readonly to: CommitIndex }
  /** Digests from `from` on; empty where I no longer hold one. */
  | { readonly kind: "digests"; readonly from: CommitIndex; readonly digests: readonly Digest[] }
  /** A piece of your snapshot; index 0 asks for the newest. */
  | { readonly kind: "snapshot-request"; readonly index: CommitIndex; readonly offset: number }
  | {
      readonly kind: "snapshot";
      readonly index: CommitIndex;
      /** The encoded cursor at that commit; only with offset 0, else empty. */
      readonly cursor: Uint8Array;
      readonly offset: number;
      readonly total: number;
      readonly bytes: Uint8Array;
    };

/**
 * The point after one commit from which later commits can be derived from blocks. The same on every replica: the digest of
 * the chain at that commit is the hash of all of it, so that nobody can hand over a true state with a false place for it.
 */
export interface CommitPoint {
  readonly epoch: number;
  readonly index: CommitIndex;
  /** The anchor of that commit: slots up to its own are decided. */
  readonly anchor: BlockRef;
  /** Blocks at or below this round are never ordered by later commits. */
  readonly horizon: Round;
  /** Log time after that commit. */
  readonly time: Millis;
  /** Hash of everything that is ordered up to that commit, block by block. */
  readonly ordered: Digest;
  /** Anchors whose histories together are everything that is output above the horizon; none is in another's history. */
  readonly covering: readonly BlockRef[];
}

/** The point after a checkpoint's commit, with the machine's running digest there. */
export interface Cursor extends CommitPoint {
  readonly stateDigest: Digest;
}
