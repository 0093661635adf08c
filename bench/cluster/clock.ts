// One clock for every process of a run. Linux counts it from the machine's start, so that what the harness did at a moment
// and what the load generator saw at that moment can be compared.

/** Milliseconds, never set back. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
