// The bookkeeping of a campaign: which slices it consists of, which of them are finished, and what those add up to. Law:
// only slices of the plan count, each once. What an earlier run finished in other slices, because it ended earlier or cut
// the numbers differently, is run again: half of it may lie outside, or be counted already.
import type { SliceResult } from "./campaigns.ts";

/** Numbers of a campaign, from the first to before the last. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

export interface Finished extends Slice, SliceResult {
  readonly seconds: number;
}

/** The slices of the numbers from 0 to before `to`. */
export function planSlices(to: number, size: number): readonly Slice[] {
  return Array.from({ length: Math.ceil(to / size) }, (_, at) => ({
    from: at * size,
    to: Math.min(to, (at + 1) * size),
  }));
}

/** What is known of the plan's slices, in its order. */
export function finishedOf(plan: readonly Slice[], known: readonly Finished[]): readonly Finished[] {
  const byName = new Map(known.map((slice) => [nameOf(slice), slice]));
  return plan.flatMap((slice) => byName.get(nameOf(slice)) ?? []);
}

/** The plan's slices of which nothing is known. */
export function leftOf(plan: readonly Slice[], known: readonly Finished[]): Slice[] {
  const names = new Set(known.map(nameOf));
  return plan.filter((slice) => !names.has(nameOf(slice)));
}

/** What the slices counted, together. */
export function sumCounts(slices: readonly SliceResult[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { counts } of slices)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}

/** How far a campaign goes, as it was written; undefined if that is no number of ours. */
export function readTo(text: string): number | undefined {
  const to = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(to) ? to : undefined;
}

function nameOf({ from, to }: Slice): string {
  return `${from}-${to}`;
}
