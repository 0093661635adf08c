// What `explainReport` is told: the status, what the core says of the slots that wait, and since when things are so.
import type { ExplainReport, StatusReport } from "@quorate/core/api";

export interface ExplainInput {
  readonly status: StatusReport;
  /** The oldest undecided slots and what the core says of each. */
  readonly waiting?: ExplainReport["waiting"];
  /** Why linearizable operations cannot be served, where they cannot, in the driver's words. */
  readonly notReadyBecause?: string;
  /** For how long things are as they are now; left out where nobody noted it. */
  readonly since?: {
    readonly modeMs?: number;
    readonly notReadyMs?: number;
    readonly withoutQuorumMs?: number;
    /** Since the oldest undecided round last changed, while commands waited: idle clusters leave slots undecided. */
    readonly undecidedMs?: number;
    readonly pressureMs?: number;
  };
  /** What the core said when it stopped, or the replica when it was found wanting. */
  readonly dump?: string;
  /** Of the last half minute. */
  readonly eventLoopLagMs?: { readonly p99: number; readonly max: number };
  /** Why there is no link to a member, by name, as far as it is known here. */
  readonly linkProblems?: Readonly<Record<string, string>>;
  /** How far each member's clock is ahead of this one, by name, where measured. */
  readonly clockAheadMs?: Readonly<Record<string, number>>;
}
