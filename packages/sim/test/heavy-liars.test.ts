// What liars make others keep has a bound in bytes, not only in blocks: small blocks come in frames as large as can be, and
// blocks of the largest size wait for the end of time.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { BehaviourName } from "../src/adversary/spec.ts";
import { ScenarioRun } from "../src/run/scenario-run.ts";
import { defineScenario, equalStakes, type Scenario } from "../src/scenario/scenario.ts";

const MEGABYTE = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectOnce = runInNewContext("gc") as () => void;

/** A collection counts what it freed in the background; the next one waits for that. */
function collect(): void {
  collectOnce();
  collectOnce();
}

function scenario(behaviour: BehaviourName): Scenario {
  return defineScenario({
    name: "heavy-liars",
    about: "a liar makes others keep as many bytes as it can",
    stakes: equalStakes(4),
    fault: { crash: 0, byzantine: 1 },
    limits: { gcDepth: 512, weakDepth: 32, checkpointCommits: 512 },
    tuning: { retainRounds: 256 },
    delays: { kind: "constant", ms: 5 },
    adversaries: [{ kind: "crafting", members: [0], behaviours: [behaviour] }],
    chaosMs: [4_000, 4_000],
    calmMs: 100,
  });
}

it.each([
  // The frames are some 4 MB each; nothing of them is kept.
  ["garbage", "padded frames", 4],
  // Of what waits for its time 8 MB are kept of an author.
  ["poison-time", "heavy blocks", 12],
] as const)("%s: of its %s no more is kept than is lawful", (behaviour, trick, megabytes) => {
  const run = new ScenarioRun(scenario(behaviour), { seed: 1 });
  run.run();
  collect();
  // Asked of the run afterwards, which so outlives the collection.
  const kept = process.memoryUsage().arrayBuffers;
  expect(run.coalitions[0]?.acts.get(trick)).toBeGreaterThan(5);
  expect(kept).toBeLessThan(megabytes * MEGABYTE);
});
