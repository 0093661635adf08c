// Availability, tolerance and minimal quorums against the plain enumeration of every set of members.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availability } from "./availability.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { countMinimalQuorums, minimalQuorums } from "./minimal-quorums.ts";
import { defaultCrash, thresholdsOf } from "./quorum.ts";
import { tolerance } from "./tolerance.ts";

const ones = (count: number) => Array.from({ length: count }, () => 1);

/** Every set of members, as lists of indexes. */
function allSets(count: number): number[][] {
  return Array.from({ length: 2 ** count }, (_, set) =>
    Array.from({ length: count }, (_, index) => index).filter((index) => (set >> index) % 2 === 1),
  );
}
const stakeOf = (stakes: readonly number[], set: readonly number[]) => set.reduce((sum, i) => sum + stakes[i]!, 0);
const stakesArb = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
const weighedArb = stakesArb.chain((stakes) =>
  fc.record({ stakes: fc.constant(stakes), needed: fc.integer({ min: 1, max: stakeOf(stakes, [...stakes.keys()]) }) }),
);

describe("availability", () => {
  it("is the summed probability of every set of members that is enough", () => {
    const arb = weighedArb.chain(({ stakes, needed }) =>
      fc.record({
        stakes: fc.constant(stakes),
        needed: fc.constant(needed),
        reliabilities: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: stakes.length,
          maxLength: stakes.length,
        }),
      }),
    );
    fc.assert(
      fc.property(arb, ({ stakes, needed, reliabilities }) => {
        let expected = 0;
        for (const set of allSets(stakes.length)) {
          if (stakeOf(stakes, set) < needed) continue;
          expected += reliabilities.reduce((product, up, i) => product * (set.includes(i) ? up : 1 - up), 1);
        }
        expect(availability(stakes, { reliabilities, needed })).toBeCloseTo(expected, 12);
      }),
    );
  });

  it("of a majority of three at 99 % is 3·0.99²·0.01 + 0.99³", () => {
    const result = availability(ones(3), { reliabilities: [0.99, 0.99, 0.99], needed: 2 });
    expect(result).toBeCloseTo(0.999702, 12);
  });

  it("is computed for a hundred members and for stakes of a billion", () => {
    const reliabilities = ones(100).map(() => 0.9);
    expect(availability(ones(100), { reliabilities, needed: 51 })).toBeGreaterThan(1 - 1e-12);
    const large = [1_000_000_000, 500_000_000, 250_000_000];
    expect(availability(large, { reliabilities: [0.5, 1, 1], needed: 1_750_000_000 })).toBe(0.5);
  });

  it("has no answer where the stakes have too many different sums", () => {
    const powers = Array.from({ length: 30 }, (_, index) => 2 ** index);
    const reliabilities = powers.map(() => 0.9);
    expect(availability(powers, { reliabilities, needed: 2 ** 29 - 1 })).toBeUndefined();
    expect(countMinimalQuorums(powers, 2 ** 29 - 1)).toBeUndefined();
  });

  it.each([[[0.9]], [[0.9, 1.1]], [[0.9, -0.1]], [[0.9, Number.NaN]]])("refuses reliabilities %o of two", (given) => {
    expect(() => availability([1, 1], { reliabilities: given, needed: 1 })).toThrow(ConfigurationError);
  });
});

describe("minimal quorums", () => {
  it("are the sets that are enough and of which every member is needed", () => {
    fc.assert(
      fc.property(weighedArb, ({ stakes, needed }) => {
        const expected = allSets(stakes.length).filter(
          (set) =>
            stakeOf(stakes, set) >= needed && set.every((member) => stakeOf(stakes, set) - stakes[member]! < needed),
        );
        const found = minimalQuorums(stakes, { needed, listMax: 256 })!;
        const text = (sets: readonly (readonly number[])[]) => sets.map((set) => set.join(" ")).toSorted();
        expect(text(found)).toEqual(text(expected));
        expect(countMinimalQuorums(stakes, needed)).toBe(expected.length);
      }),
    );
  });

  it("are listed heaviest members first", () => {
    expect(minimalQuorums([1, 3, 1, 1], { needed: 4, listMax: 9 })).toEqual([
      [0, 1],
      [1, 2],
      [1, 3],
    ]);
  });

  it("are only counted where there are more than the list may hold", () => {
    expect(minimalQuorums(ones(5), { needed: 3, listMax: 10 })).toHaveLength(10);
    expect(minimalQuorums(ones(5), { needed: 3, listMax: 9 })).toBeUndefined();
    expect(countMinimalQuorums(ones(20), 11)).toBe(167_960);
    expect(minimalQuorums(ones(100), { needed: 51, listMax: 100 })).toBeUndefined();
  });
});

describe("tolerance", () => {
  it("counts what enumeration counts", () => {
    const arb = stakesArb.chain((stakes) => {
      const total = stakeOf(stakes, [...stakes.keys()]);
      return fc
        .record({ byzantine: fc.nat(Math.floor((total - 1) / 3)), crash: fc.nat(20) })
        .map(({ byzantine, crash }) => ({
          stakes,
          thresholds: thresholdsOf({
            rule: byzantine === 0 ? "cft2" : "hyb3",
            total,
            byzantine,
            crash: crash % (defaultCrash(total, byzantine) + 1),
          }),
        }));
    });
    fc.assert(
      fc.property(arb, ({ stakes, thresholds }) => {
        const sets = allSets(stakes.length);
        const within = (amount: number) => {
          const fits = sets.filter((set) => stakeOf(stakes, set) <= amount);
          const counts = stakes.map((_, index) => index + 1).filter((size) => fits.some((set) => set.length === size));
          const all = counts.filter((size) => sets.every((set) => set.length !== size || fits.includes(set)));
          return { any: Math.max(0, ...all), best: Math.max(0, ...counts) };
        };
        const quorums = sets.filter((set) => stakeOf(stakes, set) >= thresholds.parents);
        const minimal = minimalQuorums(stakes, { needed: thresholds.parents, listMax: 256 })!;
        expect(tolerance(stakes, thresholds)).toEqual({
          stopped: within(thresholds.total - thresholds.parents),
          lying: within(thresholds.byzantine),
          stoppedBesideLiars: within(thresholds.crash),
          stoppedOnFastPath: within(thresholds.total - thresholds.commit),
          critical: [...stakes.keys()].filter((member) => quorums.every((quorum) => quorum.includes(member))),
          powerless: [...stakes.keys()].filter((member) => !minimal.some((quorum) => quorum.includes(member))),
        });
      }),
    );
  });

  it("names a member that everything waits for, and members that make no difference", () => {
    const heavy = tolerance([5, 1, 1], thresholdsOf({ rule: "cft2", total: 7, crash: 3, byzantine: 0 }));
    expect(heavy.critical).toEqual([0]);
    expect(heavy.powerless).toEqual([1, 2]);
    expect(heavy.stopped).toEqual({ any: 0, best: 2 });
  });

  it("is the bound itself where all stakes are 1", () => {
    const { stopped, lying, stoppedBesideLiars, stoppedOnFastPath, critical, powerless } = tolerance(
      ones(7),
      thresholdsOf({ rule: "hyb3", total: 7, crash: 1, byzantine: 1 }),
    );
    expect([stopped.any, lying.any, stoppedBesideLiars.any, stoppedOnFastPath.any]).toEqual([2, 1, 1, 1]);
    expect([critical, powerless]).toEqual([[], []]);
  });
});
