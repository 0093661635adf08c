// What V8 keeps out is a burden and no danger: where nothing goes on and a member's block waits for just that, the rule
// yields. Here a member breaks the rule that keeps it from such a place, and the cluster comes through after a minute.
import { expect, it } from "vitest";
import { REFUSED_CHAIN } from "../src/canary/refused-chain.ts";
import { runScenario } from "../src/run/run-scenario.ts";

const [heedless] = REFUSED_CHAIN;
const SEED = 0;

it.each([
  ["yields after a minute without a commit", 60_000, "held"],
  ["would else be refused for ever", Number.POSITIVE_INFINITY, "no-progress"],
])("a chain that only one member accepts: V8 %s", (_, refusalMsMax, expected) => {
  const scenario = heedless!.scenario(SEED);
  const tuning = { ...scenario.tuning, refusalMsMax };
  const { verdict } = runScenario(
    { ...scenario, mutations: heedless!.mutation!, tuning, boundMs: 90_000 },
    { seed: SEED },
  );
  expect(verdict).toBe(expected);
});
