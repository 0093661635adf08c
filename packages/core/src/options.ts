// What a replica is opened with: what all members share, who it is, how it starts, and local tuning that no other
// member needs to know.
import type { Committee } from "./committee/committee.ts";
import type { LogRecord } from "./effect.ts";
import type { AuthorIndex, CommitIndex, Digest, Millis } from "./ids.ts";
import type { Limits } from "./limits.ts";
import type { Crypto } from "./ports/crypto.ts";

export interface ReplicaOptions {
  readonly committee: Committee;
  readonly self: AuthorIndex;
  readonly genesisHash: Uint8Array;
  readonly limits: Limits;
  readonly crypto: Crypto;
  readonly start: Start;
  /** Differs at every start (below 2^31), so that answers to an earlier life's questions are not mistaken for ours. */
  readonly boot: number;
  readonly tuning?: Partial<Tuning>;
  /** Rules broken on purpose. For the simulator's canaries and nothing else. */
  readonly mutations?: Mutations;
}

export type Start =
  /** A new member of a new cluster: nothing was ever said under this name. */
  | { readonly kind: "fresh" }
  /** The log is as durable as promised. */
  | {
      readonly kind: "restart";
      /** Whole records, in order of sequence. */
      readonly records: readonly LogRecord[];
      /** The commit that the machine's durable state reflects, its running digest there and its earliest deadline. */
      readonly stateIndex: CommitIndex;
      readonly stateDigest: Digest;
      readonly nextDeadline: Millis | undefined;
    }
  /**
   * The log, or part of what was promised durable, is gone: what this replica said is unknown to it. So it is at every start
   * until a record of the log that begins then has become durable.
   */
  | { readonly kind: "amnesia" };

export interface Tuning {
  /** Bounds of the anchor wait T = 2Δ + processing. */
  readonly anchorWaitMsMin: Millis;
  readonly anchorWaitMsMax: Millis;
  /** Processing allowance in T. */
  readonly processingMs: Millis;
  /** Least hold-back for a member that is later than the quorum. */
  readonly holdBackMsMin: Millis;
  /** Shortest time between two rounds that this replica opens, unless a full batch waits. */
  readonly roundIntervalMsMin: Millis;
  /** The same while only a deadline, or a member that comes back, asks for rounds. */
  readonly unhurriedRoundMsMin: Millis;
  /** Each rank waits this much longer before it opens a round for a deadline, so that one does. */
  readonly deadlineStaggerMs: Millis;
  readonly keepAliveMs: Millis;
  /** First and longest pause before something unanswered is said again. */
  readonly resendMsMin: Millis;
  readonly resendMsMax: Millis;
  /** After a restart: how long to wait to hear whether peers know more of us than our disk does. */
  readonly bootWaitMs: Millis;
  /** While rounds are needed and nothing is committed, doubts about a member's history are heeded for so long. */
  readonly doubtMsMax: Millis;
  /** And a block that V8 refuses is refused for so long, if another one waits for it. */
  readonly refusalMsMax: Millis;
  /** A block stamped further ahead of the wall clock is held until its time comes. */
  readonly timestampAheadMsMax: Millis;
  /** How far above the highest accepted round a block may be and still be kept. */
  readonly aheadRoundsMax: number;
  readonly pendingBlocksPerAuthorMax: number;
  readonly pendingBytesPerAuthorMax: number;
  /** Rounds kept below the horizon for members that lag. */
  readonly retainRounds: number;
  /** Own payload proposed and not yet ordered; beyond it blocks go out empty. */
  readonly unorderedBytesMax: number;
  /** Commands waiting to be proposed. */
  readonly queuedBytesMax: number;
  /** Blocks and bytes of one answer to a laggard. */
  readonly catchUpBlocksMax: number;
  readonly catchUpBytesMax: number;
  /** What one peer may have in answers: in the long run, and at once. */
  readonly answerBytesPerMs: number;
  readonly answerBurstBytes: number;
  /** Commits whose digests are remembered for comparison. */
  readonly rememberedDigests: number;
}

export const DEFAULT_TUNING: Tuning = {
  anchorWaitMsMin: 20,
  anchorWaitMsMax: 2_000,
  processingMs: 2,
  holdBackMsMin: 2,
  roundIntervalMsMin: 1,
  unhurriedRoundMsMin: 25,
  deadlineStaggerMs: 20,
  keepAliveMs: 1_000,
  resendMsMin: 50,
  resendMsMax: 1_000,
  bootWaitMs: 500,
  doubtMsMax: 20_000,
  refusalMsMax: 60_000,
  timestampAheadMsMax: 500,
  aheadRoundsMax: 200,
  pendingBlocksPerAuthorMax: 512,
  pendingBytesPerAuthorMax: 16 * 1024 * 1024,
  retainRounds: 256,
  unorderedBytesMax: 8 * 1024 * 1024,
  queuedBytesMax: 64 * 1024 * 1024,
  catchUpBlocksMax: 1_024,
  catchUpBytesMax: 512 * 1024,
  answerBytesPerMs: 64 * 1024,
  answerBurstBytes: 8 * 1024 * 1024,
  rememberedDigests: 4_096,
};

/** Each switch breaks one rule; the simulator must notice every one of them. */
export interface Mutations {
  /** Added to the direct-commit quorum, the skip threshold and the link. */
  readonly commit?: number;
  readonly skip?: number;
  readonly link?: number;
  /** Twins are settled by who came first. */
  readonly tieByArrival?: boolean;
  /** Own blocks count and leave before they are durable. */
  readonly voteBeforeSync?: boolean;
  /** Added to the stake that a read barrier asks. */
  readonly readQuorum?: number;
  /** Rounds are jumped to without the blocks in between (rules A2 and fill off). */
  readonly jump?: boolean;
  /** Added to the stake that must answer an amnesiac. */
  readonly recoveryQuorum?: number;
  /** A member that came back references what it cannot judge. */
  readonly heedless?: boolean;
  /** Doubts end as soon as the own horizon is past them. */
  readonly hasty?: boolean;
  /** Names no exposed member, also where a round has no parent quorum without it. */
  readonly unbending?: boolean;
}
