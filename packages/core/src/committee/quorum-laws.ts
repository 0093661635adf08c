// The inequalities that every proof about the two rules rests on, each with what would go wrong without it. They are
// computed again from the finished thresholds, not from the formulas that made them, so that a slip in a formula is
// found at start and not in a split history.
import { invariant } from "../invariant.ts";
import type { Thresholds } from "./thresholds.ts";

/** One inequality, `left ≥ right` in whole stake, in the letters of docs and with the reason it must hold. */
export interface QuorumLaw {
  readonly claim: string;
  readonly why: string;
  readonly left: number;
  readonly right: number;
}

/** Asserts every inequality of the rule. */
export function assertThresholds(thresholds: Thresholds): void {
  for (const { claim, why, left, right } of quorumLaws(thresholds)) {
    invariant(left >= right, () => `${thresholds.rule}: ${claim} fails (${left} < ${right}): ${why}`);
  }
}

/** The inequalities of these thresholds' rule, with their two sides. */
export function quorumLaws(thresholds: Thresholds): readonly QuorumLaw[] {
  return [...sharedLaws(thresholds), ...(thresholds.rule === "cft2" ? cft2Laws(thresholds) : hyb3Laws(thresholds))];
}

function sharedLaws({
  total: n,
  crash: c,
  byzantine: f,
  parents: P,
  commit,
  certificate,
  slow,
  skip,
  link,
  wave,
}: Thresholds): QuorumLaw[] {
  return [
    law("n ≥ 1", "an empty committee decides nothing", n, 1),
    law("n − f − c ≥ P", "members that are left must be able to build the next round", n - f - c, P),
    law("2P > n + f", "two parent quorums must share an honest member", 2 * P, n + f + 1),
    law("commit ≤ n", "votes of everyone must commit", n, commit),
    law("skip ≤ n", "blames of everyone must skip", n, skip),
    law("link ≥ 1", "an indirect commit needs a vote", link, 1),
    law(
      "n − skip + f < link",
      "after a direct skip too few votes may exist for an indirect commit",
      link,
      n - skip + f + 1,
    ),
    law(
      "commit + P − n − f ≥ link",
      "every later block must see enough votes of a committed slot",
      commit + P - n - f,
      link,
    ),
    law("commit + skip > n + f", "a slot must never be committed and skipped directly", commit + skip, n + f + 1),
    law("certificate ≤ P", "members that are left must be able to certify", P, certificate),
    law("slow ≤ P", "members that are left must be able to commit by certificates", P, slow),
    law("w ≥ 2", "an anchor must stand above the votes that it counts", wave, 2),
  ];
}

function cft2Laws({ total: n, crash: c, byzantine: f, commit, certificate, slow }: Thresholds): QuorumLaw[] {
  return [
    law("f = 0", "without certificates and tie-break, twins would split the cluster", 0, f),
    law(
      "Q + c + 1 > n",
      "whoever tells an amnesiac enough must include a voter of every commit",
      commit + c + 1,
      n + 1,
    ),
    law("n − c ≥ Q", "members that are left must be able to commit", n - c, commit),
    law("certificate ≥ Q", "under cft2 the vote quorum is the certificate", certificate, commit),
    law("slow ≥ Q", "under cft2 there is no other way to commit", slow, commit),
  ];
}

function hyb3Laws(thresholds: Thresholds): QuorumLaw[] {
  const {
    total: n,
    crash: c,
    byzantine: f,
    slack: k,
    parents: P,
    commit: fast,
    certificate,
    slow,
    link,
    wave,
  } = thresholds;
  return [
    law("k ≥ 0", "the total is below 3f + 2c + 1", k, 0),
    law("n ≥ 3f + 2c + k + 1", "the slack is larger than the total allows", n, 3 * f + 2 * c + k + 1),
    law("2·certificate > n + f", "two twins must never both be certified", 2 * certificate, n + f + 1),
    law("fast + link > n + f", "no rival of a fast commit may reach the weak rung", fast + link, n + f + 1),
    law("P + slow > n + f", "every later block must see a certificate of a slow commit", P + slow, n + f + 1),
    law("link ≤ certificate", "a skip that starves the weak rung must starve certificates too", certificate, link),
    law("fast − f + P > n", "every complete read must meet an honest voter of a fast commit", fast - f + P, n + 1),
    law("w ≥ 3", "an anchor must stand above the certificates that it counts", wave, 3),
  ];
}

function law(claim: string, why: string, left: number, right: number): QuorumLaw {
  return { claim, why, left, right };
}
