// Every named scenario keeps its promise, and the simulator has teeth: a core with a broken rule does not get through.
import type { Mutations } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { runScenario } from "../run/run-scenario.ts";
import { findScenario, SCENARIOS } from "./registry.ts";

describe("named scenarios", () => {
  it.each(SCENARIOS.map(({ name, about }) => [name, about] as const))("%s: %s", (name) => {
    const { verdict, reasons, undecided } = runScenario(findScenario(name, 1)!, { seed: 1 });
    expect({ verdict, reasons, undecided }).toEqual({ verdict: "held", reasons: [], undecided: [] });
  });

  // At these seeds the laggard waited for ever as long as it believed that others still hold what it waits for.
  it.each([0, 13, 16])("forgotten-branch at seed %i", (seed) => {
    const { verdict, reasons } = runScenario(findScenario("forgotten-branch", seed)!, { seed });
    expect({ verdict, reasons }).toEqual({ verdict: "held", reasons: [] });
  });

  it("have names of their own", () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });
});

const CANARIES: readonly (readonly [broken: string, mutations: Mutations, scenario: string])[] = [
  ["one vote too few commits", { commit: -1 }, "stale-read"],
  ["one blame too few skips", { skip: -1 }, "stale-read"],
  ["one vote too many is asked of a link", { link: 1 }, "stale-read"],
  ["blocks leave before they are durable", { voteBeforeSync: true }, "crash-points"],
  ["signed blocks leave before they are durable", { voteBeforeSync: true }, "crash-points-signed"],
  ["blocks count before they are durable, and power fails", { voteBeforeSync: true }, "power-loss"],
  ["twins are settled by who came first", { tieByArrival: true }, "tied-twins"],
  ["a reader asks one too few", { readQuorum: -1 }, "stale-read"],
];

describe("a broken rule is noticed", () => {
  it.each(CANARIES)("%s", (_broken, mutations, name) => {
    const scenario = findScenario(name, 1)!;
    const isCaught = (seed: number) => runScenario({ ...scenario, mutations }, { seed }).verdict === "safety";
    expect([1, 2, 3, 4, 5, 6, 7, 8].some(isCaught)).toBe(true);
  });
});
