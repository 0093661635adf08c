// How likely it is that enough members are up, exactly: over all sets of members, weighted by how reliable each is.
// Members are taken one by one and sets of equal stake are kept together, so the work grows with the number of
// different sums and not with the number of sets. The only floating-point numbers of quorum maths are in this file.
import { ConfigurationError } from "./configuration-error.ts";
import { SUMS_MAX } from "./stake-sums.ts";

/**
 * The probability that members holding at least `needed` stake are up, each with its reliability and independently of
 * the others; `undefined` where the stakes have too many different sums.
 */
export function availability(
  stakes: readonly number[],
  { reliabilities, needed }: { reliabilities: readonly number[]; needed: number },
): number | undefined {
  checkReliabilities(stakes, reliabilities);
  if (needed <= 0) return 1;
  // Up members' stake so far → probability. What has reached `needed` cannot be lost again and is added up apart; what
  // cannot reach it any more is dropped.
  let sums = new Map<number, number>([[0, 1]]);
  let enough = 0;
  let left = stakes.reduce((sum, stake) => sum + stake, 0);
  for (const [index, stake] of stakes.entries()) {
    left -= stake;
    const up = reliabilities[index]!;
    const next = new Map<number, number>();
    for (const [sum, probability] of sums) {
      if (sum + stake >= needed) enough += probability * up;
      else add(next, { sum: sum + stake, probability: probability * up });
      add(next, { sum, probability: probability * (1 - up) });
    }
    sums = new Map([...next].filter(([sum]) => sum + left >= needed));
    if (sums.size > SUMS_MAX) return undefined;
  }
  return Math.min(1, enough);
}

function add(sums: Map<number, number>, { sum, probability }: { sum: number; probability: number }): void {
  if (probability > 0) sums.set(sum, (sums.get(sum) ?? 0) + probability);
}

function checkReliabilities(stakes: readonly number[], reliabilities: readonly number[]): void {
  if (reliabilities.length !== stakes.length) {
    throw new ConfigurationError(`${reliabilities.length} reliabilities were given for ${stakes.length} members`, [
      "give one for each member",
    ]);
  }
  for (const [index, value] of reliabilities.entries()) {
    if (!(value >= 0 && value <= 1)) {
      throw new ConfigurationError(`member ${index} has reliability ${value}`, ["give a number from 0 to 1"]);
    }
  }
}
