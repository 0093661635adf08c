// What a block costs may grow with the committee, for it names a parent of every member, and not with the committee's
// square: 100 members are 25 times 4, and a block of theirs may cost 32 times as much. The bench fails beyond that.

const GROWTH_MAX = 32;

export interface Growth {
  /** Against the smallest committee. */
  readonly ratio: number;
  readonly held: string;
}

/** Each row against the first, which is of the smallest committee. */
export function againstSmallest<Row extends object>(
  rows: readonly Row[],
  cost: (row: Row) => number,
): (Row & Growth)[] {
  const [smallest] = rows;
  return rows.map((row) => {
    const ratio = smallest === undefined ? 1 : cost(row) / cost(smallest);
    if (ratio > GROWTH_MAX) process.exitCode = 1;
    return { ...row, ratio, held: ratio <= GROWTH_MAX ? "yes" : "NO" };
  });
}
