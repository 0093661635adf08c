// What the coverage of a campaign says of liars has to be what they did.
import { expect, it } from "vitest";
import { runScenario } from "../src/run/run-scenario.ts";
import { randomScenario } from "../src/scenario/random-scenario.ts";

it("a silent member's other tricks are never played, and do not count", () => {
  const seed = 90;
  const scenario = randomScenario(seed);
  const [coalition] = scenario.adversaries;
  expect(coalition?.kind === "crafting" && coalition.behaviours).toEqual(
    expect.arrayContaining(["silent", "equivocate", "lie-votes"]),
  );
  expect(runScenario(scenario, { seed }).stats.adversaries).toEqual({ silent: coalition?.members.length });
});
