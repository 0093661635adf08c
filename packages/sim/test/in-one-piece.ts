// The simulator as one module, for tests that run for minutes: they take a quarter less time than in hundreds of modules.
// Made before the first test (scripts/test-bundle.mjs).
import type * as simulator from "../src/index.ts";

const path = new URL("../.run/index.mjs", import.meta.url).href;

export const { randomMachineScenario, randomScenario, runScenario } = (await import(path)) as typeof simulator;
