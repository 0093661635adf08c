// Quorum thresholds: the one function that core, command, dashboard and documentation take them from.
// Knows nothing of DAGs. Everything is integer arithmetic on stake; whatever leaves this file satisfies every
// inequality of quorum-laws.ts.
import { ConfigurationError } from "./configuration-error.ts";
import { assertThresholds } from "./quorum-laws.ts";
import type { FaultBounds, RuleName, Thresholds } from "./thresholds.ts";

export type { FaultBounds, RuleName, Thresholds } from "./thresholds.ts";

/** What thresholds are computed from. */
export interface ThresholdRequest extends FaultBounds {
  readonly rule: RuleName;
  /** Total stake n. */
  readonly total: number;
  /** Slack k of `hyb3`; left out, the largest that the total allows. Smaller only narrows the fast path. */
  readonly slack?: number;
}

/** Total stake stays below this, so that sums of two amounts are exact everywhere, also in 32-bit arithmetic. */
export const STAKE_TOTAL_MAX: number = 2 ** 31 - 1;

/** The thresholds of a committee with these stakes: `cft2` where nobody may lie, else `hyb3` with the largest slack. */
export function thresholds(stakes: readonly number[], fault: FaultBounds): Thresholds {
  return thresholdsOf({ rule: ruleFor(fault), total: totalStake(stakes), ...fault });
}

/** The rule a cluster runs for these bounds. */
export function ruleFor(fault: FaultBounds): RuleName {
  return fault.byzantine === 0 ? "cft2" : "hyb3";
}

/** The largest crash bound beside this Byzantine bound: ⌊(n − 3f − 1)/2⌋, and 0 where even that does not fit. */
export function defaultCrash(total: number, byzantine: number): number {
  return Math.max(0, Math.floor((total - 3 * byzantine - 1) / 2));
}

/** The sum of the stakes, each of which must be a positive integer. */
export function totalStake(stakes: readonly number[]): number {
  if (stakes.length === 0) throw new ConfigurationError("a committee needs at least one member", ["name one"]);
  let total = 0;
  for (const [index, stake] of stakes.entries()) {
    if (!Number.isSafeInteger(stake) || stake < 1) {
      throw new ConfigurationError(`member ${index} has stake ${stake}`, ["give it a whole number from 1"]);
    }
    total += stake;
    if (total > STAKE_TOTAL_MAX) {
      throw new ConfigurationError(`the stakes add up to more than ${STAKE_TOTAL_MAX}`, [
        "divide all of them by a common factor",
      ]);
    }
  }
  return total;
}

/** The thresholds of one rule. Any slack from 0 up to the largest is a sound `hyb3`; `hyb3` also works with f = 0. */
export function thresholdsOf(request: ThresholdRequest): Thresholds {
  checkAmounts(request);
  const result = request.rule === "cft2" ? cft2(request) : hyb3(request);
  assertThresholds(result);
  return result;
}

/** Stake whose frontiers a linearizable read waits for, the reader's own included: it meets every commit's voters. */
export function readQuorum({ rule, total, commit, parents }: Thresholds): number {
  return rule === "cft2" ? total - commit + 1 : parents;
}

/** Stake of other members whose replies bring back a member that lost its disk: they meet every quorum it was part of. */
export function recoveryQuorum({ rule, crash, parents }: Thresholds): number {
  return rule === "cft2" ? crash + 1 : parents;
}

/** Stake that contains at least one honest member: what a client that trusts no single replica asks for. */
export function honestStake({ byzantine }: Thresholds): number {
  return byzantine + 1;
}

/** Stake that must keep owning slots: were all owners faulty, nothing would commit, and the schedule never change. */
export function activeStakeMin({ crash, byzantine }: Thresholds): number {
  return crash + byzantine + 1;
}

// A quorum is whoever may be left when c members are gone. Nobody has twins, so a vote by itself is a certificate.
function cft2({ total, crash }: ThresholdRequest): Thresholds {
  refuseOutside({ rule: "cft2", total, crash, byzantine: 0, slack: 0 });
  const quorum = total - crash;
  return {
    rule: "cft2",
    total,
    crash,
    byzantine: 0,
    slack: 0,
    parents: quorum,
    commit: quorum,
    certificate: quorum,
    slow: quorum,
    skip: 2 * crash + 1,
    link: total - 2 * crash,
    wave: 2,
  };
}

// The slack k is stake beyond what safety needs; p = ⌊(c + k)/2⌋ faults of any kind leave the fast path open.
function hyb3({
  total,
  crash,
  byzantine,
  slack = largestSlack({ total, crash, byzantine }),
}: ThresholdRequest): Thresholds {
  refuseOutside({ rule: "hyb3", total, crash, byzantine, slack: Math.max(0, slack) });
  const absent = Math.floor((crash + slack) / 2);
  return {
    rule: "hyb3",
    total,
    crash,
    byzantine,
    slack,
    parents: total - byzantine - crash,
    commit: total - absent,
    certificate: Math.floor((total + byzantine) / 2) + 1,
    slow: 2 * byzantine + crash + 1,
    skip: total - absent,
    link: byzantine + absent + 1,
    wave: 3,
  };
}

function largestSlack({ total, crash, byzantine }: FaultBounds & { readonly total: number }): number {
  return total - 3 * byzantine - 2 * crash - 1;
}

function checkAmounts({ rule, total, crash, byzantine, slack = 0 }: ThresholdRequest): void {
  for (const [name, value] of Object.entries({ total, crash, byzantine, slack })) {
    if (!Number.isSafeInteger(value) || value < 0 || value > STAKE_TOTAL_MAX) {
      throw new ConfigurationError(`${name} is ${value}`, [`give a whole number from 0 to ${STAKE_TOTAL_MAX}`]);
    }
  }
  if (rule === "cft2" && byzantine > 0) {
    throw new ConfigurationError(`rule cft2 survives no lie, but byzantine is ${byzantine}`, [
      "use rule hyb3",
      "set byzantine to 0",
    ]);
  }
  if (rule === "cft2" && slack > 0) throw new ConfigurationError("rule cft2 has no slack", ["leave it out"]);
}

/** Both rules ask n ≥ 3f + 2c + k + 1; what is missing decides which single change is the smallest. */
function refuseOutside(config: Required<ThresholdRequest>): void {
  const { rule, total, crash, byzantine, slack } = config;
  const needed = 3 * byzantine + 2 * crash + slack + 1;
  if (total >= needed) return;
  const formula = rule === "cft2" ? "2c + 1" : slack > 0 ? "3f + 2c + k + 1" : "3f + 2c + 1";
  const given = [`n = ${total}`, `c = ${crash}`];
  if (rule === "hyb3") given.push(`f = ${byzantine}`);
  if (slack > 0) given.push(`k = ${slack}`);
  throw new ConfigurationError(
    `rule ${rule} needs total stake n ≥ ${formula} = ${needed}, but ${given.join(", ")}`,
    remediesFor(config, needed - total),
  );
}

function remediesFor({ total, crash, byzantine, slack }: Required<ThresholdRequest>, missing: number): string[] {
  const remedies = [`add ${missing} more ${missing === 1 ? "member" : "members"} of stake 1`];
  const crashMax = Math.floor((total - 3 * byzantine - slack - 1) / 2);
  const byzantineMax = Math.floor((total - 2 * crash - slack - 1) / 3);
  if (slack > 0 && slack >= missing) remedies.push(`lower slack to ${slack - missing}`);
  if (crash > 0 && crashMax >= 0) remedies.push(`lower crash to ${crashMax}`);
  if (byzantine > 0 && byzantineMax >= 0) remedies.push(`lower byzantine to ${byzantineMax}`);
  if (crashMax < 0 && byzantineMax < 0 && total > 0) {
    remedies.push(`set crash to 0 and byzantine to ${Math.floor((total - 1) / 3)}`);
  }
  return remedies;
}
