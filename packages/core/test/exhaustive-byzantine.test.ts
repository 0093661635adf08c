// One slot, a lying owner, every committee of up to seven members that can have one: agreement, and proof that each
// threshold is as low as it can be and the tie-break is needed.
import { type Thresholds, thresholdsOf } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { runExhaustiveByzantine } from "./exhaustive-byzantine.ts";

interface Scope {
  readonly name: string;
  readonly total: number;
  readonly byzantine: number;
  readonly crash: number;
}

const SCOPES: Scope[] = [];
for (let total = 3; total <= 7; total++)
  for (let byzantine = 0; 3 * byzantine + 1 <= total; byzantine++)
    for (let crash = byzantine === 0 ? 1 : 0; 3 * byzantine + 2 * crash + 1 <= total; crash++)
      SCOPES.push({ name: `n = ${total}, f = ${byzantine}, c = ${crash}`, total, byzantine, crash });
const LIARS = SCOPES.filter(({ byzantine }) => byzantine > 0);

const hyb3 = ({ total, byzantine, crash }: Scope): Thresholds =>
  thresholdsOf({ rule: "hyb3", total, byzantine, crash });

describe("agreement on one slot", () => {
  it.each(SCOPES)("holds in every situation of $name", (scope) => {
    const report = runExhaustiveByzantine(hyb3(scope));
    console.log(JSON.stringify({ scope: scope.name, ...report }));
    expect(report.breach).toBeUndefined();
    expect(report.pairs).toBeGreaterThan(0);
    expect(report.directSkips).toBeGreaterThan(0);
    expect(report.ties > 0).toBe(scope.byzantine > 0);
  });

  for (const name of ["commit", "skip", "link", "certificate", "slow"] as const)
    it.each(LIARS)(`is broken, and seen to be, by one stake less in ${name}: $name`, (scope) => {
      const sound = hyb3(scope);
      expect(runExhaustiveByzantine({ ...sound, [name]: sound[name] - 1 }).breach).toBeDefined();
    });

  it.each(LIARS)("is broken, and seen to be, when the first twin wins a tie: $name", (scope) => {
    expect(runExhaustiveByzantine(hyb3(scope), "arrival").breach).toMatch(/clash/);
  });
});
