// Everything that can happen to a replica. The driver feeds these to `replica.step`, one at a time.
import type { AuthorIndex, CommitIndex, Digest, Millis } from "./ids.ts";

/** A command waiting to be proposed. */
export interface SubmittedCommand {
  /** The driver's own handle; comes back in `commit`, `refused` or `dropped`. Unique while the replica runs. */
  readonly id: number;
  /** The encoded command. */
  readonly bytes: Uint8Array;
  /** Belongs to a session: may be proposed again when its block fell below the horizon. A raw command never is. */
  readonly session: boolean;
}

export type Input =
  /** Time passed. `now` is monotonic and for waiting; `wall` is for timestamps and may jump. Precedes other inputs. */
  | { readonly kind: "tick"; readonly now: Millis; readonly wall: Millis }
  /** Clients want these ordered. */
  | { readonly kind: "commands"; readonly commands: readonly SubmittedCommand[] }
  /** A frame arrived from an authenticated peer. */
  | { readonly kind: "message"; readonly from: AuthorIndex; readonly bytes: Uint8Array }
  /** Every record handed out by `persist` up to this sequence is durable. */
  | { readonly kind: "persisted"; readonly upTo: number }
  /** The transport has a working link to this peer, or lost it. */
  | { readonly kind: "peer-up"; readonly peer: AuthorIndex }
  | { readonly kind: "peer-down"; readonly peer: AuthorIndex }
  /** A linearizable read waits: answered by `read-ready` or `read-refused` with the same id. */
  | { readonly kind: "read"; readonly id: number }
  /**
   * The machine applied every commit up to this one. `digest` is its running digest after it; `nextDeadline` its earliest
   * due deadline in log time. Given after each commit, in order.
   */
  | {
      readonly kind: "applied";
      readonly upTo: CommitIndex;
      readonly digest: Digest;
      readonly nextDeadline: Millis | undefined;
    }
  /** A reader met a deadline that is past by the wall clock but not by log time: make log time pass it. */
  | { readonly kind: "deadline"; readonly at: Millis }
  /** The machine's state up to this commit survives a crash: older log records may go. */
  | { readonly kind: "flushed"; readonly upTo: CommitIndex }
  /** Answers `read-snapshot`: a piece of the machine's state after that commit. */
  | {
      readonly kind: "snapshot-piece";
      readonly to: AuthorIndex;
      readonly index: CommitIndex;
      readonly offset: number;
      readonly total: number;
      readonly bytes: Uint8Array;
    }
  /** Answers `restore`: the machine holds the state after that commit, whose running digest is this. */
  | {
      readonly kind: "restored";
      readonly index: CommitIndex;
      readonly digest: Digest;
      readonly nextDeadline: Millis | undefined;
    }
  /** Answers `restore`: the state did not verify. */
  | { readonly kind: "restore-failed"; readonly index: CommitIndex };
