// Every canary is caught, and the generator that catches it finds nothing wrong where the rule is intact.
import { describe, expect, it } from "vitest";
import { runCanary, runIntact } from "../src/canary/canary.ts";
import { CANARIES } from "../src/canary/registry.ts";

/** What the project promises; the generators need far fewer. */
const SEEDS_MAX = 1_000;
/** At least so many seeds must hold with the rule intact, and all that it took to catch the broken one. */
const INTACT_SEEDS_MIN = 3;

describe("canaries", () => {
  it.each(CANARIES)("$name: $about", { timeout: 60_000 }, (canary) => {
    const caught = runCanary(canary, { seedsMax: SEEDS_MAX });
    expect(caught.caughtAt, "the broken rule was not noticed").toBeDefined();
    expect(caught.kind).toBe(canary.expects);
    const seedsMax = Math.max(INTACT_SEEDS_MIN, (caught.caughtAt ?? 0) + 1);
    expect(runIntact(canary, { seedsMax })).toStrictEqual({ caughtAt: undefined, kind: "held", reasons: [] });
  });

  it("breaks one rule each", () => {
    const broken = CANARIES.map(({ mutation, toyMutation }) => Object.keys({ ...mutation, ...toyMutation }).length);
    expect(broken).toStrictEqual(CANARIES.map(() => 1));
    expect(new Set(CANARIES.map(({ name }) => name)).size).toBe(CANARIES.length);
  });
});
