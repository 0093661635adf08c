// The real replica in small worlds: everything that one frame, one member, one disk or one timer can do, within bounds that
// a test can afford. The full bounds are explored by `runExploration(name)` in the soak.
import { describe, expect, it } from "vitest";
import { CONFIGURATION_NAMES, type ConfigurationName, runExploration } from "./configurations.ts";
import { type Bounds, printExploration } from "./search.ts";

const QUICK: Bounds = { worlds: 1_500, instants: 1, ends: 4, walks: 4, doubts: 1 };

/** What each canary must show: the broken rule does not merely go unpunished somewhere else. */
const CANARIES: Partial<Record<ConfigurationName, { readonly shows: RegExp; readonly bounds?: Partial<Bounds> }>> = {
  "canary: a vote before its sync": { shows: /two blocks of round/ },
  "canary: one answer ends amnesia": {
    shows: /two blocks of round|another log|ends amnesia below/,
    bounds: { worlds: 30_000, doubts: 0 },
  },
  "canary: a read asks one too few": { shows: /stale read/ },
  "canary: a read past a liar asks one too few": { shows: /stale read/ },
  "canary: jumping": { shows: /jumps over undecided round/ },
  "canary: six, two silent, heads rotate every round": { shows: /never answered|needs something|lacks/ },
};

describe("in a small world", () => {
  for (const name of CONFIGURATION_NAMES) {
    const canary = CANARIES[name];
    if (canary !== undefined) {
      it(`${name}: is caught`, () => {
        const found = runExploration(name, { ...QUICK, ...canary.bounds });
        console.log(printExploration({ ...found, schedule: [] }));
        expect(found.violation, printExploration(found)).toMatch(canary.shows);
      });
      continue;
    }
    it(`${name}: nothing goes wrong`, () => {
      const found = runExploration(name, QUICK);
      console.log(printExploration(found));
      expect(found.violation, printExploration(found)).toBeUndefined();
      // Known mistakes are pauses that depend on the order of arrival; many more would void the merging.
      expect(found.mistakes, "merged input sequences that made different replicas").toBeLessThanOrEqual(
        found.tried / 4,
      );
    });
  }

  it("every canary is told apart from what must hold", () => {
    const named = CONFIGURATION_NAMES.filter((name) => name.startsWith("canary"));
    expect(named.toSorted()).toEqual(Object.keys(CANARIES).toSorted());
  });
});
