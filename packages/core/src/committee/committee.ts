// The members of one epoch, their stake, and the thresholds that follow. Built once, checked once: whoever holds a
// `Committee` need not ask again whether its quorums intersect.
import type { AuthorIndex } from "../ids.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { type FaultBounds, type RuleName, ruleFor, type Thresholds, thresholdsOf, totalStake } from "./quorum.ts";

/** A member's entry. */
export interface Member {
  readonly name: string;
  /** Weight in quorums, a positive integer. */
  readonly stake: number;
  /** Ed25519 public key; empty under crash faults without transport identity (simulator, tests). */
  readonly publicKey: Uint8Array;
}

/** The ordered members of one epoch. Built by `createCommittee`, which asserts every inequality the rules rest on. */
export interface Committee {
  readonly epoch: number;
  readonly members: readonly Member[];
  /** Stake by author index. */
  readonly stakes: readonly number[];
  readonly fault: FaultBounds;
  readonly thresholds: Thresholds;
  /** Slot owners of a round in rank order: rank k of round r is member (⌊r/w⌋ + k) mod n, so heads rotate wave-aligned. */
  slotsOf(round: number): readonly AuthorIndex[];
}

/** What a committee is made of. */
export interface CommitteeOptions {
  readonly members: readonly Member[];
  readonly fault: FaultBounds;
  /** Left out: 0, the first. */
  readonly epoch?: number;
  /** Left out: `cft2` where nobody may lie, else `hyb3`. Only experiments and DAG files name another. */
  readonly rule?: RuleName;
  /** Left out: the largest that the total allows. Only experiments name another. */
  readonly slack?: number;
}

/** Metadata of a round grows with the square of the members; beyond this a cluster of equals is the wrong tool. */
export const MEMBERS_MAX: number = 100;

/** Checks the members and the bounds and computes what follows from them, or throws a `ConfigurationError`. */
export function createCommittee(options: CommitteeOptions): Committee {
  const { members, fault, epoch = 0, rule = ruleFor(fault), slack } = options;
  checkMembers(members);
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new ConfigurationError(`epoch is ${epoch}`, ["give a whole number from 0"]);
  }
  const stakes = members.map(({ stake }) => stake);
  const request = { rule, total: totalStake(stakes), crash: fault.crash, byzantine: fault.byzantine };
  const thresholds = thresholdsOf(slack === undefined ? request : { ...request, slack });
  // Every rotation exists from the start: the decider asks for slots of every round and must not allocate for it.
  const rotations = members.map((_, head) => members.map((_, rank) => (head + rank) % members.length));
  return {
    epoch,
    members,
    stakes,
    fault: { crash: fault.crash, byzantine: fault.byzantine },
    thresholds,
    slotsOf: (round) => rotations[Math.floor(round / thresholds.wave) % members.length]!,
  };
}

function checkMembers(members: readonly Member[]): void {
  if (members.length > MEMBERS_MAX) {
    throw new ConfigurationError(`${members.length} members are too many`, [
      `name at most ${MEMBERS_MAX} and give more stake to some`,
    ]);
  }
  const names = new Set<string>();
  const keys = new Set<string>();
  for (const { name, publicKey } of members) {
    if (name === "") throw new ConfigurationError("a member has no name", ["name it"]);
    if (names.has(name)) throw new ConfigurationError(`two members are called ${name}`, ["rename one"]);
    names.add(name);
    // One key held by two members would let one replica vote twice.
    const key = publicKey.join(" ");
    if (key !== "" && keys.has(key)) {
      throw new ConfigurationError(`${name} has the public key of another member`, ["make a key for each member"]);
    }
    keys.add(key);
  }
}
