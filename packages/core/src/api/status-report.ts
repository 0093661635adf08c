// Where a replica stands, for `/v1/status`, `quorate status --json` and the page: one shape for all of them.

export interface MemberReport {
  readonly name: string;
  readonly index: number;
  readonly stake: number;
  /** Whether this is the replica that reports. */
  readonly self: boolean;
  /** Whether this replica has a working link to it. */
  readonly up: boolean;
  /** Its newest round known here. */
  readonly round: number;
  /** Its last applied commit as it said itself, 0 if it did not say yet. */
  readonly commitIndex: number;
  /** Since when nothing was heard of it; 0 for the replica itself. */
  readonly silentMs: number;
  /** Round trip, where measured. */
  readonly rttMs: number | null;
  /** It was caught saying two things. */
  readonly exposed: boolean;
}

export interface StatusReport {
  readonly version: string;
  readonly cluster: {
    readonly id: string;
    readonly rule: "cft2" | "hyb3";
    readonly fault: { readonly crash: number; readonly byzantine: number };
    readonly stake: number;
    /** Stake that a decision needs. */
    readonly quorum: number;
  };
  readonly replica: {
    readonly name: string;
    readonly index: number;
    readonly uptimeSeconds: number;
    /** Counts the data directories of this member: more than 1 after a loss. */
    readonly incarnation: number;
    readonly durability: "fsync" | "os" | "memory";
  };
  /** `normal`; or why nothing can be asked of it: it lost its disk, it fetches a snapshot, its state differs, it stopped. */
  readonly mode: "normal" | "recovering" | "restoring" | "suspicious" | "halted";
  /** Linearizable operations can be served. */
  readonly ready: boolean;
  readonly quorum: { readonly reachable: number; readonly needed: number; readonly reached: boolean };
  readonly round: number;
  readonly ownRound: number;
  readonly undecidedRound: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** Log time in Unix milliseconds, and how far the wall clock is ahead of it. */
  readonly logTime: number;
  readonly storage: {
    readonly logBytes: number;
    readonly flushedIndex: number;
    readonly pressure: "none" | "soft" | "hard";
  };
  readonly doors: readonly { readonly name: string; readonly address: string; readonly connections: number }[];
  readonly members: readonly MemberReport[];
}
