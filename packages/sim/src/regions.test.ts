// The table of regions: complete, symmetric, and physically possible.
import { describe, expect, it } from "vitest";
import { isRegion, oneWayDelayMs, REGION_ROUND_TRIP_MS, REGIONS } from "./regions.ts";

describe("the table of regions", () => {
  it("has a positive distance for every pair, the same both ways, and the shortest inside a region", () => {
    for (const from of REGIONS) {
      for (const to of REGIONS) {
        expect(REGION_ROUND_TRIP_MS[from][to]).toBe(REGION_ROUND_TRIP_MS[to][from]);
        expect(oneWayDelayMs(from, to) * 2).toBe(REGION_ROUND_TRIP_MS[from][to]);
        expect(REGION_ROUND_TRIP_MS[from][to]).toBeGreaterThanOrEqual(from === to ? 1 : 10);
        expect(REGION_ROUND_TRIP_MS[from][to]).toBeLessThan(400);
      }
    }
  });

  it.each([
    ["virginia", "dublin", 76],
    ["dublin", "london", 15],
    ["saopaulo", "singapore", 337],
    ["frankfurt", "johannesburg", 174],
    ["tokyo", "sydney", 105],
    ["iowa", "washington", 41],
    ["pune", "pune", 2],
  ] as const)("says that %s and %s are %i ms apart", (from, to, ms) => {
    expect(REGION_ROUND_TRIP_MS[from][to]).toBe(ms);
  });

  it("knows its own names only", () => {
    expect(isRegion("tokyo")).toBe(true);
    expect(isRegion("atlantis")).toBe(false);
    expect(isRegion("toString")).toBe(false);
  });
});
