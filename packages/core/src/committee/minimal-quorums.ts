// Minimal quorums: sets of members that reach an amount of stake and no longer do when any one of them leaves. They are
// few enough to look at in small committees and are only counted in large ones.
import type { AuthorIndex } from "../ids.ts";
import { SUMS_MAX } from "./stake-sums.ts";

/**
 * All minimal quorums of an amount, each in member order, the heaviest members' first; `undefined` where there are more
 * than `listMax` of them.
 */
export function minimalQuorums(
  stakes: readonly number[],
  { needed, listMax }: { needed: number; listMax: number },
): readonly (readonly AuthorIndex[])[] | undefined {
  const members = heaviestFirst(stakes);
  // Stake of the members from this place on: a branch that cannot reach the amount any more is not entered.
  const left = members.map((_, place) => members.slice(place).reduce((sum, member) => sum + stakes[member]!, 0));
  const found: (readonly AuthorIndex[])[] = [];
  const chosen: AuthorIndex[] = [];

  // The member that crosses the amount is the lightest of its set, so the set without any other member is short too.
  function search(place: number, missing: number): boolean {
    if ((left[place] ?? 0) < missing) return true;
    for (let next = place; next < members.length && left[next]! >= missing; next++) {
      const member = members[next]!;
      chosen.push(member);
      const stake = stakes[member]!;
      if (stake >= missing) found.push(chosen.toSorted((one, other) => one - other));
      const whole = found.length <= listMax && (stake >= missing || search(next + 1, missing - stake));
      chosen.pop();
      if (!whole) return false;
    }
    return true;
  }

  if (needed <= 0) return [[]];
  return search(0, needed) ? found : undefined;
}

/** How many minimal quorums an amount has, exact below 2^53; `undefined` where the stakes have too many different sums. */
export function countMinimalQuorums(stakes: readonly number[], needed: number): number | undefined {
  if (needed <= 0) return 1;
  let count = 0;
  // Sets of the members so far that are still short of the amount, counted by their sum.
  let sums = new Map<number, number>([[0, 1]]);
  for (const member of heaviestFirst(stakes)) {
    const stake = stakes[member]!;
    const next = new Map(sums);
    for (const [sum, ways] of sums) {
      if (sum + stake >= needed) count += ways;
      else next.set(sum + stake, (next.get(sum + stake) ?? 0) + ways);
    }
    sums = next;
    if (sums.size > SUMS_MAX) return undefined;
  }
  return count;
}

function heaviestFirst(stakes: readonly number[]): readonly AuthorIndex[] {
  return stakes.map((_, index) => index).toSorted((one, other) => stakes[other]! - stakes[one]! || one - other);
}
