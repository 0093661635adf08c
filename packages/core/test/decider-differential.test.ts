// The incremental decider against the oracle on random DAGs; a breach names the seed of its DAG.
import { describe, expect, it } from "vitest";
import type { Thresholds } from "../src/committee/quorum.ts";
import { Disagreement } from "./compare-decider.ts";
import { runDeciderDifferential } from "./decider-differential.ts";

describe("the incremental decider", () => {
  it("agrees with the oracle on 20,000 random DAGs, under every order of arrival that was tried and on partial views", () => {
    const report = runDeciderDifferential({ seed: 1, count: 20_000 });
    console.log(JSON.stringify(report));
    // The mix must hold the hard cases, or agreement says little.
    const { slots, verdicts } = report;
    expect(verdicts["indirect commit"] + verdicts["indirect skip"]).toBeGreaterThan(0.1 * slots);
    expect(verdicts["indirect skip"]).toBeGreaterThan(0.03 * slots);
    expect(report.weakRung).toBeGreaterThan(0.01 * slots);
    expect(report.ties).toBeGreaterThan(0.01 * slots);
    expect(report.certificateRung).toBeGreaterThan(0.01 * slots);
    expect(report.slowPath).toBeGreaterThan(0.01 * slots);
    expect(verdicts["direct skip"]).toBeGreaterThan(0.01 * slots);
  });

  it("agrees with the oracle on committees of 33 to 70 members", () => {
    const report = runDeciderDifferential({ seed: 900_000, count: 12, orders: 1, wide: true });
    console.log(JSON.stringify(report));
    expect(report.slots).toBeGreaterThan(1000);
  });

  const lower = (name: "commit" | "skip" | "link" | "slow" | "certificate") => (sound: Thresholds) => ({
    ...sound,
    [name]: sound[name] - 1,
  });
  for (const name of ["commit", "skip", "link", "slow", "certificate"] as const)
    it(`is caught when its ${name} threshold is one too low`, () => {
      const mutate = { thresholds: lower(name) };
      expect(() => runDeciderDifferential({ seed: 1, count: 200, mutate })).toThrow(Disagreement);
    });

  it("is caught when the first twin to arrive wins a tie", () => {
    const mutate = { tieBreak: "arrival" } as const;
    expect(() => runDeciderDifferential({ seed: 1, count: 200, mutate })).toThrow(Disagreement);
  });
});
