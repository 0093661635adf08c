// A canary is a rule of the core or of the toy machine broken on purpose, with a scenario made to notice just that. If one survives, it is the
// simulator that has a hole. Each is run twice over the same seeds: broken, it must be caught; intact, everything must
// hold, or the scenario would only show that it breaks things by itself.
import type { Mutations } from "@quorate/core";
import { type Outcome, runScenario } from "../run/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ToyMutations } from "../toy/toy-machine.ts";
import { toyWorkload } from "../toy/toy-workload.ts";

export interface Canary {
  readonly name: string;
  /** The broken rule of the core. */
  readonly mutation?: Mutations;
  /** Or of the toy machine. */
  readonly toyMutation?: ToyMutations;
  /** How the broken rule comes to light, in a sentence or two. */
  readonly about: string;
  /** The generator: with the rule intact, whatever it makes must hold. */
  readonly scenario: (seed: number) => Scenario;
  readonly expects: "safety" | "no-progress";
}

export interface CanaryResult {
  /** The first seed that noticed; undefined if none did. */
  readonly caughtAt: number | undefined;
  readonly kind: Outcome["verdict"];
  readonly reasons: readonly string[];
}

/** Runs a canary seed by seed until it is caught. */
export function runCanary(canary: Canary, { seedsMax }: { readonly seedsMax: number }): CanaryResult {
  const { mutation = {}, toyMutation = {} } = canary;
  for (let seed = 0; seed < seedsMax; seed++) {
    const broken = { ...canary.scenario(seed), mutations: mutation, uses: toyWorkload(toyMutation) };
    const { verdict, reasons } = runScenario(broken, { seed });
    if (verdict === canary.expects) return { caughtAt: seed, kind: verdict, reasons };
  }
  return { caughtAt: undefined, kind: "held", reasons: [] };
}

/** Runs the same generator with the rule intact. `caughtAt` names the first seed that did not hold: a bug of the core. */
export function runIntact(canary: Canary, { seedsMax }: { readonly seedsMax: number }): CanaryResult {
  for (let seed = 0; seed < seedsMax; seed++) {
    const { verdict, reasons } = runScenario(canary.scenario(seed), { seed });
    if (verdict !== "held") return { caughtAt: seed, kind: verdict, reasons };
  }
  return { caughtAt: undefined, kind: "held", reasons: [] };
}
