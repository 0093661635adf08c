// Small scopes, whole: agreement on every DAG of four rounds, on every one of five with late parents where one member weighs
// more, and proof that the check can fail.

import { type Schedule, type Thresholds, thresholds } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { runExhaustiveCrash } from "./exhaustive-crash.ts";

/** Wave-aligned heads, as in a cluster; `slots` of each round are owned. */
function scheduleOf(members: number, slots: number): Schedule {
  return (round) => Array.from({ length: slots }, (_, rank) => (Math.floor(round / 2) + rank) % members);
}

function run(
  stakes: readonly number[],
  crash: number,
  rounds: number,
  slots: number,
  mutated: Partial<Thresholds> = {},
) {
  const sound = thresholds(stakes, { crash, byzantine: 0 });
  const schedule = scheduleOf(stakes.length, slots);
  // In four rounds no late parent can matter.
  return runExhaustiveCrash({ thresholds: { ...sound, ...mutated }, stakes, schedule, rounds, late: rounds > 4 });
}

describe("agreement under crashes", () => {
  it.each([
    { stakes: [1, 1, 1], crash: 1, rounds: 4, slots: 3, dags: 61_958 },
    { stakes: [1, 1, 1], crash: 1, rounds: 4, slots: 1, dags: 61_958 },
    { stakes: [2, 1, 1], crash: 1, rounds: 4, slots: 3, dags: 8499 },
    { stakes: [2, 1, 1], crash: 1, rounds: 5, slots: 1, dags: 370_635 },
  ])(
    "holds between all views of all DAGs: $stakes, c = $crash, $rounds rounds, slots in each: $slots",
    ({ dags, ...scope }) => {
      const report = run(scope.stakes, scope.crash, scope.rounds, scope.slots);
      console.log(JSON.stringify({ ...scope, ...report }));
      expect(report.breach).toBeUndefined();
      expect(report.dags).toBe(dags);
      expect(report.verdicts.skip).toBeGreaterThan(0);
    },
  );

  it.each([
    ["commit", 1],
    ["skip", 2],
    ["link", 0],
  ] as const)("is broken, and seen to be, when three members %s with %i", (name, value) => {
    for (const slots of [1, 3]) expect(run([1, 1, 1], 1, 4, slots, { [name]: value }).breach).toMatch(/changes|clash/);
  });
});
