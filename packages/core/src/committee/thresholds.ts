// The words of quorum maths: which faults, which rule, which amounts. Types only; committee/quorum computes them and
// committee/quorum-laws says what must hold between them.

/** Faults to be survived at the same time, in stake. */
export interface FaultBounds {
  /** Members that may stop. */
  readonly crash: number;
  /** Members that may lie. */
  readonly byzantine: number;
}

/** `cft2`: two rounds, nobody lies. `hyb3`: three rounds, some may lie. */
export type RuleName = "cft2" | "hyb3";

/** The flat, validated record that a decider runs on. All amounts are stake sums. */
export interface Thresholds {
  readonly rule: RuleName;
  /** Total stake n. */
  readonly total: number;
  readonly crash: number;
  readonly byzantine: number;
  /** Slack k of `hyb3`: always as large as the total allows; 0 for `cft2`. */
  readonly slack: number;
  /** Parent quorum P: stake at round r − 1 that a block of round r must reference. */
  readonly parents: number;
  /** Votes that commit a slot directly: Q of `cft2`, the fast quorum n − p of `hyb3`. */
  readonly commit: number;
  /** Votes that make a certificate (`hyb3`); equal to `commit` under `cft2`. */
  readonly certificate: number;
  /** Certificates that commit a slot directly on the slow path (`hyb3`); equal to `commit` under `cft2`. */
  readonly slow: number;
  /** Blames that skip a slot directly. */
  readonly skip: number;
  /** Votes in an anchor's history that commit a slot indirectly: the link of `cft2`, the weak rung of `hyb3`. */
  readonly link: number;
  /** Rounds from a slot to the first slot that may decide it indirectly: 2 or 3. */
  readonly wave: number;
}
