// Twins that both pass the test of an anchor, settled by who came first. With six members, one of which may lie and one
// crash, two votes pass it: the liar shows one twin to two members and the other to three, and falls silent. Every anchor
// above sees enough votes for both, no certificate for either, and only the digests are the same for everybody.
import type { Round } from "@quorate/core";
import { createRng } from "../rng.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { Liar } from "./liar.ts";

const ABOUT = "an anchor sees enough votes for each of two twins, and every replica saw another one first";
const MEMBERS = 6;

export const TIE_BY_ARRIVAL: Canary = {
  name: "tie-byzantine",
  mutation: { tieByArrival: true },
  about: ABOUT,
  expects: "safety",
  scenario: (seed) => {
    const rng = createRng(seed).fork("cast");
    const self = rng.integer(MEMBERS);
    const round: Round = 3 * (MEMBERS + self) + rng.integer(3);
    const others = rng.shuffle([0, 1, 2, 3, 4, 5].filter((member) => member !== self));
    return defineScenario({
      name: "tie-byzantine",
      about: ABOUT,
      stakes: equalStakes(MEMBERS),
      fault: { crash: 1, byzantine: 1 },
      delays: { kind: "constant", ms: 10 },
      adversaries: [{ kind: "scripted", members: [self], script: () => undefined }],
      chaosMs: [900, 900],
      script: (run) => {
        let told = false;
        new Liar(run, round, (liar) => {
          const parents = liar.blocksOf(others, round - 1);
          if (told || parents === undefined) return false;
          told = true;
          const own = liar.member.tip(0);
          liar.tell(others.slice(0, 2), liar.make(round, own, parents, "one"));
          liar.tell(others.slice(2), liar.make(round, own, parents, "another"));
          return false;
        });
      },
    });
  },
};
