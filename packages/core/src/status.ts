// What a replica tells about itself and the others; for status pages, metrics and tests. Nothing depends on it.
import type { CommitIndex, Millis, Round } from "./ids.ts";

export interface ReplicaStatus {
  readonly mode: "normal" | "recovering" | "restoring" | "suspicious" | "halted";
  readonly round: Round;
  readonly ownRound: Round;
  /** The stamp of the newest own block; where clocks were wrong it can be ahead of all of them, and is waited for. */
  readonly ownStamp: Millis;
  readonly undecidedRound: Round;
  readonly commitIndex: CommitIndex;
  readonly appliedIndex: CommitIndex;
  readonly horizon: Round;
  readonly floor: Round;
  readonly logTime: Millis;
  readonly reachableStake: number;
  readonly pendingBlocks: number;
  readonly queuedBytes: number;
}

export interface MemberStanding {
  readonly up: boolean;
  /** Its newest accepted round. */
  readonly round: Round;
  /** The last commit that it says it has applied; a claim. */
  readonly claimedIndex: CommitIndex;
  readonly roundTripMs: Millis | undefined;
  /** It was caught saying two things. */
  readonly exposed: boolean;
}
