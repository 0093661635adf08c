// The way back after a lost disk, one reply short. In both plays a part of the members is late by many rounds, because what
// some of the prompt ones send it is slow; then one of the prompt ones loses its disk, and hears from the late and, among
// liars, from one that knows nothing of any block. Whoever takes the word of these makes it speak again in rounds in which
// it has voted.
//
// That the frames of the prompt are slow and not lost matters: the amnesiac begins two rounds above what the late told, and
// without those frames nobody could build the rounds between.
import type { AuthorIndex, Millis } from "@quorate/core";
import { createRng, type Rng } from "../rng.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import type { DelayModel } from "../world/delays.ts";
import type { Canary } from "./canary.ts";

const HOLD_AFTER_MS = 100;

const LATE = 0;

/** Who plays which part, and what happens when. */
type Play = Partial<Scenario>;

function amongThree(rng: Rng): Play {
  const [silent = 1, amnesiac = 2] = rng.shuffle([1, 2]);
  const at = 400 + rng.integer(200);
  return {
    stakes: equalStakes(3),
    fault: { crash: 1, byzantine: 0 },
    delays: slowBetween(rng, 3, [silent], [LATE]),
    noticeMs: [400, 600],
    faults: [
      { at, fault: { verb: "crash", member: silent, power: true } },
      { at, fault: { verb: "wipe", member: amnesiac, restartMs: 5 } },
    ],
    chaosMs: [1_500, 1_500],
    // What the late one asks for gets nowhere.
    script: (run) => {
      holdFrom(run, HOLD_AFTER_MS, [LATE], [silent, amnesiac]);
      run.after(at, () => run.world.network.release(LATE, amnesiac));
    },
  };
}

function amongLiars(rng: Rng): Play {
  const [amnesiac = 0, liar = 1, ...honest] = rng.shuffle([0, 1, 2, 3, 4, 5]);
  const late = honest.slice(0, 2);
  const prompt = honest.slice(2);
  const at = 300 + rng.integer(100);
  return {
    stakes: equalStakes(6),
    fault: { crash: 1, byzantine: 1 },
    delays: slowBetween(rng, 6, prompt, late),
    adversaries: [{ kind: "crafting", members: [liar], behaviours: ["under-report", "stingy"] }],
    faults: [{ at, fault: { verb: "wipe", member: amnesiac, restartMs: 5 } }],
    chaosMs: [700, 700],
    script: (run) => {
      holdFrom(run, HOLD_AFTER_MS, late, [...prompt, amnesiac]);
      holdFrom(run, at, prompt, [amnesiac]);
      run.after(at, () => {
        for (const from of late) run.world.network.release(from, amnesiac);
      });
    },
  };
}

/** Everybody is near but for what some send to some others. */
function slowBetween(rng: Rng, members: number, from: readonly AuthorIndex[], to: readonly AuthorIndex[]): DelayModel {
  const slow = 120 + rng.integer(100);
  const near = 2 + rng.integer(4);
  const places = Array.from({ length: members }, (_, member) => member);
  const matrix = places.map((left) => places.map((right) => (from.includes(left) && to.includes(right) ? slow : near)));
  return { kind: "places", places, matrix, jitter: 0.1 };
}

/** From a moment on what these send to those stands still. */
function holdFrom(run: ScenarioRun, at: Millis, from: readonly AuthorIndex[], to: readonly AuthorIndex[]): void {
  run.after(at, () => {
    for (const left of from) for (const right of to) run.world.network.hold(left, right);
  });
}

function canary(name: string, about: string, play: (rng: Rng) => Play): Canary {
  return {
    name,
    mutation: { recoveryQuorum: -1 },
    about,
    expects: "safety",
    scenario: (seed) => defineScenario({ name, about, ...play(createRng(seed).fork("roles")) }),
  };
}

export const AMNESIA: readonly Canary[] = [
  canary(
    "amnesia-crash",
    "an amnesiac returns on the word of the one member that has not heard yet what it voted for",
    amongThree,
  ),
  canary(
    "amnesia-byzantine",
    "an amnesiac returns on the word of a liar and of two that have not heard yet what it signed",
    amongLiars,
  ),
];
