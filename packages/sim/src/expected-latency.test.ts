// Expected delays against the counts that the protocol is known to need with equal distances, and against the table of
// regions.
import { createCommittee } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectedLatency } from "./expected-latency.ts";
import { oneWayDelayMs, REGION_ROUND_TRIP_MS, REGIONS, type RegionName } from "./regions.ts";

function committee(stakes: readonly number[], crash: number, byzantine = 0) {
  const members = stakes.map((stake, index) => ({ name: `m${index}`, stake, publicKey: new Uint8Array() }));
  return createCommittee({ members, fault: { crash, byzantine } });
}
const ones = (count: number) => Array.from({ length: count }, () => 1);
const between = (regions: readonly RegionName[]) => (from: number, to: number) =>
  oneWayDelayMs(regions[from]!, regions[to]!);

describe("expected latency with equal distances", () => {
  it.each([
    // n, c, f, idle, loaded, read
    [1, 0, 0, 0, 0, 0],
    [2, 0, 0, 2, 2.5, 0],
    [3, 1, 0, 2, 2.5, 2],
    [5, 2, 0, 3, 2.5, 2],
    [7, 3, 0, 3, 2.5, 2],
    [4, 0, 1, 3, 2.5, 2],
    [7, 1, 1, 3, 2.5, 2],
  ])("of n = %i, c = %i, f = %i is %d delays idle, %d loaded and %d for a read", (n, c, f, idle, loaded, read) => {
    for (const member of expectedLatency(committee(ones(n), c, f), () => 1)) {
      expect(member.idle).toBeCloseTo(idle, 9);
      expect(member.loaded).toBeCloseTo(loaded, 9);
      expect(member.read).toBeCloseTo(read, 9);
    }
  });

  it("scales with the distance", () => {
    const [one] = expectedLatency(committee(ones(5), 2), () => 1);
    const [seven] = expectedLatency(committee(ones(5), 2), () => 7);
    expect(seven!.idle).toBeCloseTo(7 * one!.idle, 9);
    expect(seven!.loaded).toBeCloseTo(7 * one!.loaded, 9);
  });
});

describe("expected latency across regions", () => {
  it("of two near members does not wait for a third far away", () => {
    const regions = ["dublin", "london", "sydney"] as const;
    const [dublin, london, sydney] = expectedLatency(committee(ones(3), 1), between(regions));
    expect(dublin!.idle).toBe(15);
    expect(london!.idle).toBe(15);
    expect(dublin!.loaded).toBeLessThan(40);
    expect(dublin!.read).toBe(15);
    // The far member's vote is not needed by others, but it needs theirs.
    expect(sydney!.idle).toBeGreaterThan(270);
    expect(sydney!.loaded).toBeGreaterThanOrEqual(272);
  });

  it("takes the slow path where the fast quorum would need a far member", () => {
    const near = ["dublin", "london", "frankfurt"] as const;
    const delays = between([...near, "sydney"]);
    const [dublin] = expectedLatency(committee(ones(4), 0, 1), delays);
    expect(dublin!.idle).toBeLessThan(100);
    expect(dublin!.loaded).toBeLessThan(120);
  });

  it("is finite, and no member beats a round trip to its nearest quorum", () => {
    const arb = fc.array(fc.record({ region: fc.constantFrom(...REGIONS), stake: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 7,
    });
    fc.assert(
      fc.property(arb, fc.nat(20), fc.boolean(), (places, crash, lies) => {
        const stakes = places.map(({ stake }) => stake);
        const total = stakes.reduce((sum, stake) => sum + stake, 0);
        const byzantine = lies ? Math.floor((total - 1) / 3) : 0;
        const group = committee(stakes, crash % (Math.floor((total - 3 * byzantine - 1) / 2) + 1), byzantine);
        const regions = places.map(({ region }) => region);
        const { parents } = group.thresholds;
        for (const [member, expected] of expectedLatency(group, between(regions)).entries()) {
          const trips = regions
            .map((to, other) => ({
              stake: stakes[other]!,
              ms: other === member ? 0 : REGION_ROUND_TRIP_MS[regions[member]!][to],
            }))
            .toSorted((left, right) => left.ms - right.ms);
          let sum = 0;
          const nearest = trips.find(({ stake }) => (sum += stake) >= parents)!.ms;
          expect(expected.idle).toBeGreaterThanOrEqual(nearest * 0.7);
          expect(expected.idle).toBeLessThan(2000);
          expect(expected.loaded).toBeGreaterThanOrEqual(nearest * 0.7);
          expect(expected.loaded).toBeLessThan(3000);
          expect(expected.read).toBeLessThanOrEqual(350);
        }
      }),
      { numRuns: 60 },
    );
  });
});
