// What a committee survives, said in members instead of stake: how many, and which of them it cannot do without.
import type { AuthorIndex } from "../ids.ts";
import { SUMS_MAX } from "./stake-sums.ts";
import type { Thresholds } from "./thresholds.ts";

/** A number of members: `any` holds whichever they are, `best` for some well-chosen ones. Equal under equal stakes. */
export interface MemberCount {
  readonly any: number;
  readonly best: number;
}

export interface Tolerance {
  /** Members that may be stopped while nobody lies, and rounds go on. */
  readonly stopped: MemberCount;
  /** Members that may lie without harm to what was agreed. */
  readonly lying: MemberCount;
  /** Members that may be stopped besides as much lying stake as the bound allows. */
  readonly stoppedBesideLiars: MemberCount;
  /** Members that may be stopped while blocks still commit by votes alone; the same as `stopped` under `cft2`. */
  readonly stoppedOnFastPath: MemberCount;
  /** Members in every quorum: when one of them stops, everything waits for it. */
  readonly critical: readonly AuthorIndex[];
  /** Members in no minimal quorum: their votes never make a difference. `undefined`: too many different sums to tell. */
  readonly powerless: readonly AuthorIndex[] | undefined;
}

/** What members with these stakes survive under these thresholds. */
export function tolerance(stakes: readonly number[], thresholds: Thresholds): Tolerance {
  const { total, parents, commit, byzantine, crash } = thresholds;
  const members = stakes.map((_, index) => index);
  return {
    stopped: countWithin(stakes, total - parents),
    lying: countWithin(stakes, byzantine),
    stoppedBesideLiars: countWithin(stakes, crash),
    stoppedOnFastPath: countWithin(stakes, total - commit),
    critical: members.filter((member) => total - stakes[member]! < parents),
    powerless: powerlessMembers(stakes, parents),
  };
}

/** How many members fit into an amount of stake: taken from the largest stake down for `any`, from the smallest for `best`. */
function countWithin(stakes: readonly number[], amount: number): MemberCount {
  const rising = stakes.toSorted((left, right) => left - right);
  return { any: countPrefix(rising.toReversed(), amount), best: countPrefix(rising, amount) };
}

function countPrefix(stakes: readonly number[], amount: number): number {
  let sum = 0;
  const over = stakes.findIndex((stake) => (sum += stake) > amount);
  return over === -1 ? stakes.length : over;
}

function powerlessMembers(stakes: readonly number[], needed: number): readonly AuthorIndex[] | undefined {
  const turns = stakes.map((_, member) => turnsSomeSet(stakes, { member, needed }));
  return turns.includes(undefined) ? undefined : turns.flatMap((turned, member) => (turned === true ? [] : [member]));
}

/** Whether some set of the others is no quorum by itself but is one together with the member. */
function turnsSomeSet(
  stakes: readonly number[],
  { member, needed }: { member: AuthorIndex; needed: number },
): boolean | undefined {
  const least = needed - stakes[member]!;
  if (least <= 0) return true;
  const sums = new Set<number>([0]);
  for (const [other, stake] of stakes.entries()) {
    if (other === member) continue;
    for (const sum of [...sums]) {
      const grown = sum + stake;
      if (grown >= least && grown < needed) return true;
      if (grown < least) sums.add(grown);
    }
    if (sums.size > SUMS_MAX) return undefined;
  }
  return false;
}
