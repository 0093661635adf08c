// The scenarios that have a name. A seed that found something becomes one of these, so that it is never lost again.
import { DURABILITY } from "./named/durability.ts";
import { EXPIRY } from "./named/expiry.ts";
import { IDLE } from "./named/idle.ts";
import { LIES } from "./named/lies.ts";
import { MACHINE } from "./named/machine.ts";
import { PACE } from "./named/pace.ts";
import { randomMachineScenario } from "./random-machine-scenario.ts";
import { type RandomOptions, randomScenario } from "./random-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** Every named scenario, in the order in which lists show them. */
export const SCENARIOS: readonly Scenario<unknown>[] = [
  ...IDLE,
  ...EXPIRY,
  ...PACE,
  ...DURABILITY,
  ...LIES,
  ...MACHINE,
];

/** The scenario that a campaign draws from each seed. */
export const RANDOM = "random";

/** The same with the real machine. */
export const RANDOM_MACHINE = "machine";

/** The scenario of that name, for that seed; undefined if there is none. */
export function findScenario(
  name: string,
  seed: number | string,
  options: RandomOptions = {},
): Scenario<unknown> | undefined {
  if (name === RANDOM) return randomScenario(seed, options);
  if (name === RANDOM_MACHINE) return randomMachineScenario(seed, options);
  return SCENARIOS.find((scenario) => scenario.name === name);
}
