// Why something is slow or stuck, for `/v1/explain` and `quorate explain`: findings a person can act on, worst first.

export interface Finding {
  readonly severity: "critical" | "warning" | "note";
  /** What is the matter, in one sentence that names members and numbers. */
  readonly what: string;
  /** The rule or threshold it runs up against, where there is one. */
  readonly rule?: string;
  readonly members?: readonly string[];
  /** For how long it has been so. */
  readonly forMs?: number;
  /** What to do about it. */
  readonly todo: string;
}

export interface ExplainReport {
  readonly healthy: boolean;
  /** One sentence. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** The oldest slots that are not decided, and why each is as it is. */
  readonly waiting: readonly { readonly round: number; readonly because: readonly string[] }[];
}
