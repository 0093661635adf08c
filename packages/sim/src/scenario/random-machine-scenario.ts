// The random scenario over the real machine: the same clusters, faults and liars, and clients that do something else with
// every seed. What the seed says of the cluster does not depend on what it says of the clients.
import { createToyCrypto } from "@quorate/core";
import { cryptographicDigester, type Reply } from "@quorate/machine";
import { EXERCISES } from "../machine/exercises/index.ts";
import { machineWorkload } from "../machine/machine-workload.ts";
import { createRng } from "../rng.ts";
import { type RandomOptions, randomScenario } from "./random-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** One seed in so many lets the change log forget. */
const FORGETFUL_EVERY = 3;
/** One seed in so many gives blocks up early, so that whoever was away needs the state of another one. */
const HASTY_EVERY = 3;

export function randomMachineScenario(seed: number | string, options: RandomOptions = {}): Scenario<Reply> {
  const { uses: _toy, script: _script, promise: _promise, ...cluster } = randomScenario(seed, options);
  const rng = createRng(seed).fork("machine");
  // Everything at once in some runs, a few things that get in each other's way in others.
  const share = rng.pick([1, 0.5, 0.25]);
  const exercises = EXERCISES.map((of) => ({ of, weight: rng.chance(share) ? 1 + rng.integer(3) : 0 }));
  if (exercises.every(({ weight }) => weight === 0)) exercises[rng.integer(exercises.length)]!.weight = 1;
  const isForgetful = rng.integer(FORGETFUL_EVERY) === 0;
  const isHasty = rng.integer(HASTY_EVERY) === 0;
  const { hash } = createToyCrypto({ self: 0, seed: 0 });
  return {
    ...cluster,
    name: "machine",
    about: "whatever the seed says, with the real machine",
    ...(isHasty
      ? { limits: { gcDepth: 24, weakDepth: 16, checkpointCommits: 8 }, tuning: { ...cluster.tuning, retainRounds: 8 } }
      : {}),
    uses: machineWorkload({
      exercises: exercises.filter(({ weight }) => weight > 0),
      ...(isForgetful ? { config: { logEntriesMax: 8 + rng.integer(48) } } : {}),
      ...(cluster.fault.byzantine > 0 && rng.chance(0.5) ? { digester: cryptographicDigester(hash) } : {}),
    }),
  };
}
