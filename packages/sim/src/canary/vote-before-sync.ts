// Blocks that count before they are durable: when power fails everywhere, replies stand that no disk remembers, and members
// that come back alone say something else in a round that they have spoken in.
import { createRng } from "../rng.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";

const ABOUT = "power fails while what was answered for is still on its way to slow disks";

export const VOTE_BEFORE_SYNC: Canary = {
  name: "vote-before-sync",
  mutation: { voteBeforeSync: true },
  about: ABOUT,
  expects: "safety",
  scenario: (seed) => {
    const rng = createRng(seed).fork("power");
    return defineScenario({
      name: "vote-before-sync",
      about: ABOUT,
      stakes: equalStakes(3),
      fault: { crash: 1, byzantine: 0 },
      delays: { kind: "even", from: 0.5, to: 2 },
      noticeMs: [30, 80],
      disk: { syncMs: 15, syncTailMs: 10, flushEveryMs: 50 },
      faults: [0, 1, 2].map((time) => ({
        at: 100 + 300 * time + rng.integer(200),
        fault: { verb: "blackout", restartMs: 20 + rng.integer(30) },
      })),
      chaosMs: [1_000, 1_000],
    });
  },
};
