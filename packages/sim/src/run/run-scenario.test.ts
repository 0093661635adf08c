// A run is a function of scenario and seed: the same two give the same trace, whether anybody reads it or not. And the
// judges of a run look at every part of it.
import { describe, expect, it } from "vitest";
import { printHistory } from "../history/print.ts";
import { randomScenario } from "../scenario/random-scenario.ts";
import { findScenario, RANDOM } from "../scenario/registry.ts";
import { committeeOf, defineScenario } from "../scenario/scenario.ts";
import { runScenario } from "./run-scenario.ts";

function traced(seed: number) {
  const lines: string[] = [];
  const outcome = runScenario(randomScenario(seed, { rounds: 60 }), { seed, sink: (line) => lines.push(line) });
  return { ...outcome, history: printHistory(outcome.history), text: lines.join("\n") };
}

describe("runScenario", () => {
  it.each([3, 4, 6])("repeats seed %i byte for byte, and the same without a reader", (seed) => {
    const first = traced(seed);
    expect(traced(seed)).toEqual(first);
    const { text: _text, history, ...rest } = first;
    const quiet = runScenario(randomScenario(seed, { rounds: 60 }), { seed });
    expect({ ...quiet, history: printHistory(quiet.history) }).toEqual({ ...rest, history });
  });

  it("gives another trace for another seed of the same scenario", () => {
    const scenario = findScenario("late-block-once", 1)!;
    const hashes = [1, 2, 3].map((seed) => runScenario(scenario, { seed }).traceHash);
    expect(new Set(hashes).size).toBe(3);
  });

  it("says that nothing moves where too few are left for a quorum, and that nothing is unsafe", () => {
    const scenario = defineScenario({
      name: "too-few",
      about: "two of three never come back",
      boundMs: 3_000,
      script: (run) => {
        // Beyond what the nemesis may end: it starts the processes again, and they die again.
        const kill = (): void => {
          for (const member of [0, 1]) run.world.crash(member, { silently: false, what: "killed for good" });
          run.after(10, kill);
        };
        run.after(500, kill);
      },
    });
    const { verdict, reasons } = runScenario(scenario, { seed: 1 });
    expect(verdict).toBe("no-progress");
    expect(reasons.join()).toContain("not quiet");
  });

  it("says what it was asked for and did not get in its time, and that it held as far as it went", () => {
    const asked = { name: "short", about: "too many rounds for so little time", chaosMs: [200, 400] } as const;
    const { short, verdict } = runScenario(defineScenario({ ...asked, rounds: 1_000_000 }), { seed: 1 });
    expect({ short, verdict }).toEqual({
      short: [expect.stringMatching(/^\d+ of at least 1000000 rounds within \d\.\d virtual seconds$/)],
      verdict: "held",
    });
    expect(runScenario(defineScenario({ ...asked, rounds: 5, operations: 5 }), { seed: 1 }).short).toEqual([]);
  });

  it("calls a promise that was not kept by its kind", () => {
    const promise = [{ kind: "safety" as const, text: "because" }];
    const scenario = defineScenario({ name: "strict", about: "nothing is good enough", promise: () => promise });
    expect(runScenario(scenario, { seed: 1 })).toMatchObject({ verdict: "safety", reasons: ["because"] });
  });
});

describe("randomScenario", () => {
  it("is a function of the seed, and its schedule is in order", () => {
    for (let seed = 0; seed < 50; seed++) {
      const scenario = findScenario(RANDOM, seed)!;
      expect(JSON.stringify(randomScenario(seed))).toBe(JSON.stringify(scenario));
      const times = scenario.faults.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
    }
  });

  it.each([
    [{}, { crash: 1 }],
    [{}, { crash: 3 }],
    [{ replicas: 4 }, { crash: 1 }],
    [{}, { byzantine: 1 }],
    [{}, { byzantine: 2, crash: 1 }],
  ])("makes a cluster of %o with the bounds %o of every seed", (options, bounds) => {
    for (let seed = 0; seed < 300; seed++) {
      const scenario = randomScenario(seed, { ...options, ...bounds });
      expect(scenario.fault).toMatchObject(bounds);
      expect(committeeOf(scenario).thresholds).toMatchObject(scenario.fault);
    }
  });

  it("draws no partition of one group, no cut without a link, and a lost disk wherever one may be lost but nobody may crash", () => {
    for (let seed = 0; seed < 3_000; seed++) {
      const { adversaries, fault: bounds, faults } = randomScenario(seed);
      for (const { fault } of faults) {
        if (fault.verb === "partition") expect(fault.groups.length, `seed ${seed}`).toBeGreaterThan(1);
        if (fault.verb === "cut") expect(new Set([...fault.from, ...fault.to]).size, `seed ${seed}`).toBeGreaterThan(1);
      }
      if (bounds.crash > 0 || adversaries.length > 0) continue;
      const losses = faults.filter(({ fault: { verb } }) => verb === "wipe" || verb === "corrupt");
      expect(losses.length, `seed ${seed}`).toBeGreaterThan(0);
    }
  });

  it("refuses bounds that equals cannot bear for every seed", () => {
    for (let seed = 0; seed < 20; seed++)
      expect(() => randomScenario(seed, { replicas: 3, crash: 2 })).toThrow("members");
  });

  it("reaches every size, fault model and kind of stake, and every fault in each kind of cluster", () => {
    const cells = new Map<string, number>();
    for (let seed = 0; seed < 3_000; seed++) {
      const { stakes, fault, faults, adversaries } = randomScenario(seed);
      const model = fault.byzantine === 0 ? "crash" : fault.crash === 0 ? "byzantine" : "hybrid";
      const weight = new Set(stakes).size > 1 ? "weighted" : "equal";
      const kinds = [
        ...faults.map(({ fault: { verb } }) => verb),
        ...adversaries.flatMap((spec): readonly string[] => (spec.kind === "crafting" ? spec.behaviours : [spec.kind])),
      ];
      for (const kind of new Set(kinds)) {
        for (const cell of [`${model} ${weight} ${kind}`, `${stakes.length} members ${kind}`]) {
          cells.set(cell, (cells.get(cell) ?? 0) + 1);
        }
      }
    }
    const faultVerbs = "partition cut hold mute spoil crash crash-at blackout pause corrupt wipe fill skew jump slow";
    const tricks =
      "silent equivocate withhold vote-both chain-bomb far-future forge replay poison-time garbage under-report lie-votes stingy twins";
    const wanted: string[] = [];
    for (const weight of ["equal", "weighted"]) {
      for (const model of ["crash", "hybrid", "byzantine"]) {
        const kinds = model === "crash" ? faultVerbs : `${faultVerbs} ${tricks}`;
        wanted.push(...kinds.split(" ").map((kind) => `${model} ${weight} ${kind}`));
      }
    }
    for (const members of [3, 4, 5, 6, 7, 10, 20]) {
      wanted.push(...faultVerbs.split(" ").map((kind) => `${members} members ${kind}`));
    }
    expect(wanted.filter((cell) => !cells.has(cell))).toEqual([]);
  });
});
