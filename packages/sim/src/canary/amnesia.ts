// The way back after a lost disk, one reply short. Three members: two that commit between themselves, and one that is late
// by many rounds, because what the first sends it is slow and what it asks for gets nowhere. The first falls silent, the
// second loses its disk. Whoever lets the late one alone tell the amnesiac where it stood makes it speak again in rounds
// in which it has voted.
//
// That the silent one's last frames are still on the way matters: the amnesiac begins two rounds above what the late one
// told, and without those frames nobody could build the rounds between.
import { createRng } from "../rng.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";

const ABOUT = "an amnesiac returns on the word of the one member that has not heard yet what it voted for";

const LATE = 0;
const HOLD_AFTER_MS = 100;

export const AMNESIA: Canary = {
  name: "amnesia",
  mutation: { recoveryQuorum: -1 },
  about: ABOUT,
  expects: "safety",
  scenario: (seed) => {
    const rng = createRng(seed).fork("roles");
    const [silent = 1, amnesiac = 2] = rng.shuffle([1, 2]);
    const at = 400 + rng.integer(200);
    const slow = 120 + rng.integer(100);
    const near = 2 + rng.integer(4);
    return defineScenario({
      name: "amnesia",
      about: ABOUT,
      stakes: equalStakes(3),
      fault: { crash: 1, byzantine: 0 },
      delays: {
        kind: "places",
        places: [0, 1, 2],
        matrix: [0, 1, 2].map((from) => [0, 1, 2].map((to) => (from === silent && to === LATE ? slow : near))),
        jitter: 0.1,
      },
      noticeMs: [400, 600],
      faults: [
        { at, fault: { verb: "crash", member: silent, power: true } },
        { at, fault: { verb: "wipe", member: amnesiac, restartMs: 5 } },
      ],
      chaosMs: [1_500, 1_500],
      script: (run) => {
        const { network } = run.world;
        run.after(HOLD_AFTER_MS, () => {
          network.hold(LATE, silent);
          network.hold(LATE, amnesiac);
        });
        run.after(at, () => network.release(LATE, amnesiac));
      },
    });
  },
};
