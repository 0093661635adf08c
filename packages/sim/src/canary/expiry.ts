// The two ways of the toy machine to get a lent value's end wrong. A rule of a machine and none of the core, but the judge that
// notices is the simulator's own, and it has to notice among writes that follow each other quickly on one key.
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { ToyMutations } from "../toy/toy-machine.ts";
import type { Canary } from "./canary.ts";

function canary(name: string, toyMutation: ToyMutations, about: string): Canary {
  const scenario = defineScenario({
    name,
    about,
    stakes: equalStakes(3),
    fault: { crash: 1, byzantine: 0 },
    workload: { ...DEFAULT_WORKLOAD, mix: { read: 0, write: 0, cas: 0, append: 0, list: 0, txn: 0, lend: 1 } },
    chaosMs: [1_000, 1_000],
  });
  return { name, toyMutation, about, expects: "safety", scenario: () => scenario };
}

export const EXPIRY: readonly Canary[] = [
  canary("expires-early", { expiryEarlyMs: 100 }, "a lent value is gone a tenth of a second before its time"),
  canary("never-expires", { neverExpires: true }, "a lent value is read long after its time"),
];
