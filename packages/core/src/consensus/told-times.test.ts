// Told times against their definition: sorted by time, whoever told first.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToldTimes } from "./told-times.ts";

const tellers = fc.array(fc.record({ time: fc.nat(20), stake: fc.integer({ min: 1, max: 5 }) }), { maxLength: 12 });

describe("told times", () => {
  it("finds the least time that so much stake does not exceed, in whatever order it was told", () => {
    fc.assert(
      fc.property(tellers, fc.integer({ min: 1, max: 40 }), (all, needed) => {
        const told = new ToldTimes();
        for (const { stake, time } of all) told.add(time, stake);
        const reached = all
          .map(({ time }) => time)
          .filter((time) => stakeUpTo(all, time) >= needed)
          .sort((left, right) => left - right);
        expect(told.reached(needed)).toBe(reached[0]);
        expect(told.stake).toBe(stakeUpTo(all, Number.POSITIVE_INFINITY));
      }),
    );
  });
});

function stakeUpTo(all: readonly { readonly time: number; readonly stake: number }[], time: number): number {
  return all.reduce((sum, teller) => sum + (teller.time <= time ? teller.stake : 0), 0);
}
