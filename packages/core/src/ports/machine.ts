// The state machine that the log drives. The order is given, not asked for: it sees commands, never blocks or votes.
import type { AuthorIndex, CommitIndex, Digest, Millis } from "../ids.ts";

/** One command of a commit, decoded from its envelope. */
export interface Command {
  /** The first word picks the command; all words are byte strings. */
  readonly words: readonly Uint8Array[];
  /** Log time after which the command is recorded as rejected instead of being applied. */
  readonly notAfter: Millis;
  /** Exactly-once numbering; absent for raw commands. */
  readonly session: { readonly id: string; readonly sequence: number; readonly acknowledgedUpTo: number } | undefined;
  /** The authenticated user at the door, empty if nobody. */
  readonly user: string;
  /** Where a session is bound to a client key: the client's signature over the command, checked in `apply`. */
  readonly clientSignature: Uint8Array | undefined;
}

/** Where and when in the log a command stands. */
export interface ApplyContext {
  readonly index: CommitIndex;
  /** Log time of the commit. */
  readonly time: Millis;
  /** Seeds every random choice of the commit. */
  readonly chainDigest: Digest;
}

/** The commands of one block: deadlines they start count from `max(log time, timestamp)`. */
export interface CommandGroup {
  readonly author: AuthorIndex;
  readonly timestamp: Millis;
  /** As encoded by `encodeCommand`. What does not decode is answered with an error on every replica alike. */
  readonly payload: readonly Uint8Array[];
}

export interface AppliedCommit<Reply> {
  /** By group, by command. */
  readonly replies: readonly (readonly Reply[])[];
  /** Running digest of results and touched state after this commit. */
  readonly digest: Digest;
  /** Earliest deadline (log time) that now waits in the state. */
  readonly nextDeadline: Millis | undefined;
}

/** The machine as replica, simulator and browser drive it. Deterministic: same commits, same replies, same digests. */
export interface Machine<Reply = unknown> {
  /** The last commit that the state reflects; 0 when new. */
  readonly index: CommitIndex;
  apply(context: ApplyContext, groups: readonly CommandGroup[]): AppliedCommit<Reply>;
  /**
   * Answers a read-only command from the state as it is. `wall` is the reader's clock: a read that meets a deadline past
   * by it but not by log time answers `deadline` instead, and is asked again after log time passed it.
   */
  query(words: readonly Uint8Array[], wall: Millis): { readonly reply: Reply } | { readonly deadline: Millis };
  /** The state now, in pieces; later applies do not change it. */
  snapshot(): MachineSnapshot;
  /** Replaces the state. Throws, changing nothing, when the bytes do not verify against `digest`. */
  restore(pieces: Iterable<Uint8Array>, expected: { readonly index: CommitIndex; readonly digest: Digest }): void;
}

export interface MachineSnapshot {
  readonly index: CommitIndex;
  readonly digest: Digest;
  readonly pieces: Iterable<Uint8Array>;
  close(): void;
}
