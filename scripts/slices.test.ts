// A campaign says "held" of the numbers that it was asked for: each was run, and none is counted twice, whatever earlier
// runs have left.
import { describe, expect, it } from "vitest";
import { type Finished, finishedOf, leftOf, planSlices, readTo, type Slice, sumCounts } from "./slices.ts";

const finish = (slice: Slice): Finished => ({
  ...slice,
  counts: { seeds: slice.to - slice.from },
  problems: [],
  seconds: 1,
});

/** What a run to `to` still has to do after earlier ones, and how many seeds it then reports. */
function resume(to: number, size: number, earlier: readonly Finished[]) {
  const plan = planSlices(to, size);
  const left = leftOf(plan, earlier);
  const known = [...earlier, ...left.map(finish)];
  return { left, known, seeds: sumCounts(finishedOf(plan, known))["seeds"] };
}

describe("the slices of a campaign", () => {
  it("cover all numbers once, the last one cut short", () => {
    expect(planSlices(1_000, 400)).toEqual([
      { from: 0, to: 400 },
      { from: 400, to: 800 },
      { from: 800, to: 1_000 },
    ]);
    expect(planSlices(800, 400)).toHaveLength(2);
  });

  it("that are finished are not run again", () => {
    const { known } = resume(2_000, 400, []);
    expect(resume(2_000, 400, known.slice(0, 3)).left).toEqual(planSlices(2_000, 400).slice(3));
    expect(resume(2_000, 400, known)).toMatchObject({ left: [], seeds: 2_000 });
  });

  it.each([
    ["a shorter run", 500, 400, 2_000, 400],
    ["a longer run", 2_000, 400, 500, 400],
    ["slices of another size", 1_000, 250, 1_000, 400],
    ["slices of another size that begin alike", 1_000, 200, 1_000, 400],
  ])("are all run and counted once after %s", (_, earlierTo, earlierSize, to, size) => {
    const { known } = resume(earlierTo, earlierSize, []);
    expect(resume(to, size, known).seeds).toBe(to);
  });

  it("count once when two runs finished the same", () => {
    const [slice] = planSlices(400, 400).map(finish);
    expect(resume(400, 400, [slice!, slice!]).seeds).toBe(400);
  });

  it("add up by name", () => {
    const slices = [{ seeds: 1, crashes: 2 }, { seeds: 3 }].map((counts) => ({ counts, problems: [] }));
    expect(sumCounts(slices)).toEqual({ seeds: 4, crashes: 2 });
  });
});

describe("how far to go", () => {
  it("is a whole number from 1", () => {
    expect(readTo("20000")).toBe(20_000);
    for (const text of ["20,000", "20_000", "0", "-1", "1.5", "1e3", "", " 5", "many", "9".repeat(20)])
      expect(readTo(text), text).toBeUndefined();
  });
});
