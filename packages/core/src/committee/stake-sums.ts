// The bound on exact work over all sets of members. Sets of equal stake are treated as one, so stakes like 1, 3 or 10
// cost nothing; stakes of a billion different sums would cost memory and time without end.

/** Different sums of stake that are followed; beyond it, a question about all sets is left without an answer. */
export const SUMS_MAX: number = 200_000;
