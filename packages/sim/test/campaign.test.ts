// The first 300 seeds of the campaign: clusters of every size and kind, faults and liars as the seed says. All of them
// hold, and among them is every fault and every kind of cluster. `npm run test:soak` runs the other 19,700.
import { describe, expect, it } from "vitest";
import { STRIKES } from "../src/scenario/random-faults.ts";
import { randomScenario, runScenario } from "./in-one-piece.ts";

const SEEDS = 300;
const SLICE = 25;

describe("the campaign", () => {
  const met = new Set<string>();
  const kinds = new Set<string>();
  const sizes = new Set<number>();

  it.each(Array.from({ length: SEEDS / SLICE }, (_, slice) => slice * SLICE))("holds from seed %i on", (from) => {
    for (let seed = from; seed < from + SLICE; seed++) {
      const scenario = randomScenario(seed);
      const { reasons, stats, undecided, verdict } = runScenario(scenario, { seed });
      expect({ seed, verdict, reasons, undecided }).toEqual({ seed, verdict: "held", reasons: [], undecided: [] });
      expect(stats.rounds, `rounds of seed ${seed}`).toBeGreaterThanOrEqual(200);
      expect(stats.operations, `operations of seed ${seed}`).toBeGreaterThanOrEqual(50);
      for (const [verb, times] of Object.entries(stats.faults)) if (times > 0) met.add(verb);
      const { byzantine, crash } = scenario.fault;
      const stakes = scenario.stakes.every((stake) => stake === 1) ? "equal" : "weighted";
      kinds.add(`${byzantine === 0 ? "crash" : crash === 0 ? "Byzantine" : "hybrid"} ${stakes}`);
      sizes.add(scenario.stakes.length);
    }
  });

  it.each([
    ["checkpoints that outrun a far laggard's snapshot", 355],
    ["reads beside an equivocator whose blocks are never ordered", 2_022],
    ["an own last block so old that a restart forgot it, and the next one forked the chain", 2_294],
    ["a raw command that a snapshot passed over, tried again as if it were certainly not applied", 5_256],
    ["stamps held back to clocks that were told before all power failed: a lease ended early", 6_307],
    ["a wrong clock that liars with little stake helped to outvote the right ones", 881],
    ["two wrong clocks of three, with half of the stake", 4_455],
    ["wrong clocks with most of the stake: what they stamped is waited for, and no longer", 3_575],
    ["a chain of old, refused by all who remember its twins, named by a member that lost its disk", 4_285],
    [
      "a round that one member left out, short of honest blocks when its liars were caught before another passed",
      14_492,
    ],
    ["the same in the sixteenth round, among members that were muted and cut in two", 17_428],
  ])("holds what once did not: %s (seed %i)", (_, seed) => {
    const options = seed === 2_022 ? { byzantine: 1 } : {};
    const { reasons, verdict } = runScenario(randomScenario(seed, options), { seed });
    expect({ verdict, reasons }).toEqual({ verdict: "held", reasons: [] });
  });

  it("meets every fault, every kind of cluster and every size", () => {
    expect([...met]).toEqual(expect.arrayContaining([...STRIKES]));
    expect(kinds.size).toBe(6);
    expect([...sizes].sort((left, right) => left - right)).toEqual([3, 4, 5, 6, 7, 10, 20]);
  });
});
