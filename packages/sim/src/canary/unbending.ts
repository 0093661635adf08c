// A round that one member left out, and that a liar then leaves short for the last who has to pass it. Four members of
// which one may lie: a round needs three.
//
//   ahead    makes rounds 1 and 2; the liar's block of round 1 is its third
//   back     is cut off from both; the liar hands it three blocks of round 1, and it begins with round 2
//   last     heard of two blocks of round 1; the liar hands over its own, and in the same frame two of round 2
//
// The last one has caught the liar, and two honest blocks of round 1 are all there will ever be. Who names no liar under any
// circumstances stays there, and the two others never find a third block of round 2. Where the liar's block of round 1 is
// named after all, because a round cannot go on without it, everybody passes.
import type { AuthorIndex, Block } from "@quorate/core";
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import { createRng } from "../rng.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { expectNote } from "../scenario/named/expect.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import { toyWords } from "../toy/toy-reply.ts";
import type { Canary } from "./canary.ts";
import { Liar } from "./liar.ts";
import { whenMade } from "./stage.ts";

interface Cast {
  readonly ahead: AuthorIndex;
  readonly back: AuthorIndex;
  readonly last: AuthorIndex;
  readonly liar: AuthorIndex;
}

function castFor(seed: number): Cast {
  const [ahead = 0, back = 1, last = 2, liar = 3] = createRng(seed).fork("cast").shuffle([0, 1, 2, 3]);
  return { ahead, back, last, liar };
}

function play(run: ScenarioRun, { ahead, back, last }: Cast): void {
  const { network } = run.world;
  for (const other of [ahead, last]) {
    network.cut(back, other);
    network.cut(other, back);
  }
  run.submit(ahead, toyWords(["write", "only", 1]), () => run.note("answered", 1));
  let third: Block | undefined;
  new Liar(run, 1, (liar, round) => {
    const { seen } = liar.member;
    const parents = liar.blocksOf([ahead, last], 1);
    if (parents === undefined) return false;
    if (round === 1) {
      const begun = liar.member.craft({ round, own: undefined, content: { timestamp: liar.member.coalition.wall } });
      if (begun === undefined) return false;
      third = begun;
      network.hold(ahead, last);
      liar.tell([ahead], begun);
      return true;
    }
    const own = third;
    if (round > 2 || own === undefined || liar.blocksOf([ahead], 2) === undefined) return false;
    liar.tell([back], ...seen.by(ahead, 1), ...seen.by(last, 1), own, ...seen.by(ahead, 2));
    const twins = ["one story", "and another"].map((story) => liar.make(2, own, parents, story));
    whenMade(run, back, 2, () => liar.tell([last], ...twins, own));
    return true;
  });
}

export const UNBENDING: Canary = {
  name: "unbending",
  mutation: { unbending: true },
  about: "a member that caught a liar names no block of it, though a round cannot go on without",
  expects: "no-progress",
  scenario: (seed): Scenario => {
    const cast = castFor(seed);
    return defineScenario({
      name: "short-round",
      about: "a round that one member left out has too few honest blocks once a liar of it is caught",
      stakes: equalStakes(4),
      fault: { crash: 0, byzantine: 1 },
      delays: { kind: "constant", ms: 10 },
      // A client at the member that is cut off would have it begin with round 1.
      workload: { ...DEFAULT_WORKLOAD, clients: 0 },
      adversaries: [{ kind: "scripted", members: [cast.liar], script: () => undefined }],
      chaosMs: [1_000, 1_000],
      calmMs: 1_000,
      script: (run) => play(run, cast),
      promise: (run) => expectNote(run, "answered", { least: 1 }),
    });
  },
};
