// Errors over HTTP: RFC 9457 problem details, with the outcome spelled out so that nobody has to guess it from a status.

export interface Problem {
  /** `urn:quorate:problem:no-quorum` and the like. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was wrong with this request, and what to do next. */
  readonly detail: string;
  readonly outcome: "rejected" | "indeterminate";
  /** The first word of the refusal. */
  readonly code: string;
}
