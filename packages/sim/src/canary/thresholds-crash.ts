// The three thresholds of crash mode, each one too low. Four members of which one may crash are the place where all three
// are tight: three votes commit, three blames skip, and two votes are what every later block must see of a commit. Among
// three members a link of zero would mean nothing, and a larger cluster needs more luck for the same.
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { restlessLinks } from "./restless-links.ts";

/** Waits so short that nobody makes up for what the links hold back. */
const IMPATIENT = { anchorWaitMsMin: 1, anchorWaitMsMax: 2, holdBackMsMin: 0 };

function restless(name: string, about: string): (seed: number) => Scenario {
  return () =>
    defineScenario({
      name,
      about,
      stakes: equalStakes(4),
      fault: { crash: 1, byzantine: 0 },
      tuning: IMPATIENT,
      delays: { kind: "even", from: 1, to: 6 },
      chaosMs: [600, 600],
      script: restlessLinks({ flowsMs: 30, standsMs: 20 }),
    });
}

function canary(rule: "commit" | "skip" | "link", about: string): Canary {
  const name = `${rule}-crash`;
  return { name, mutation: { [rule]: -1 }, about, scenario: restless(name, about), expects: "safety" };
}

export const THRESHOLDS_CRASH: readonly Canary[] = [
  canary("commit", "a replica commits on two votes that no later anchor has to see; the others skip the slot"),
  canary("skip", "a replica skips on two blames while two hidden votes make an anchor commit the slot"),
  canary("link", "three blames skip a slot that an anchor commits for the one vote it sees"),
];
