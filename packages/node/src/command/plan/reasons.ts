// Why each threshold has its value, in the letters of the documentation: n total stake, c crash bound, f Byzantine
// bound, k slack, p = ⌊(c + k) / 2⌋.
import { activeStakeMin, honestStake, type RuleName, readQuorum, recoveryQuorum, type Thresholds } from "@quorate/core";

/** Every amount of stake that a cluster waits for, in the order in which a command meets them. */
export interface PlannedThresholds {
  readonly parents: number;
  readonly commit: number;
  readonly certificate: number;
  readonly slow: number;
  readonly skip: number;
  readonly link: number;
  readonly read: number;
  readonly recovery: number;
  readonly active: number;
  readonly client: number;
}

export type Reasons = Readonly<Partial<Record<keyof PlannedThresholds, string>>>;

export function planThresholds(thresholds: Thresholds): PlannedThresholds {
  const { parents, commit, certificate, slow, skip, link } = thresholds;
  return {
    parents,
    commit,
    certificate,
    slow,
    skip,
    link,
    read: readQuorum(thresholds),
    recovery: recoveryQuorum(thresholds),
    active: activeStakeMin(thresholds),
    client: honestStake(thresholds),
  };
}

/** A reason for each threshold that the rule has a use for. */
export function reasonsFor(rule: RuleName): Reasons {
  return { ...(rule === "cft2" ? CFT2 : HYB3), ...SHARED };
}

const CFT2: Reasons = {
  parents: "n − c: parents of a block; whoever is left can always give them",
  commit: "n − c votes commit a block",
  skip: "2c + 1 blames skip a slot: fewer than a link of votes can exist then",
  link: "n − 2c votes seen by a later anchor commit: it sees that many of every committed block",
};

const HYB3: Reasons = {
  parents: "n − f − c: parents of a block; whoever is left can always give them",
  commit: "n − p votes commit a block one round later, on the fast path",
  certificate: "⌊(n + f) / 2⌋ + 1 votes in one block certify: never for two twins",
  slow: "2f + c + 1 certificates commit a block two rounds later, on the slow path",
  skip: "n − p blames skip a slot: fewer than a link of votes can exist then",
  link: "f + p + 1 votes seen by a later anchor commit, where it sees no certificate",
};

const SHARED: Reasons = {
  read: "replies that a linearizable read waits for, its own replica's included",
  recovery: "replies of others that bring back a member whose disk was lost",
  active: "stake that keeps owning slots, however slow its members are",
  client: "equal answers for a client that trusts no single replica",
};
