// A chain that everybody refused once, in the history of a member that could not know. Four members of which one may lie: a
// round needs three.
//
//   liar      makes twins and shows one, and the other when the first is named: it is exposed, and the proof stands in the
//             next blocks. Then a block that has both in its history, and one on top of it, which everybody refuses (V8)
//   back      restarts when its horizon is past twins and proof, and below what was refused: its log begins in between
//
// The liar hands it the refused chain, with a new block on top. Who references that makes a block that the others cannot
// accept, and with it every later one, and no round is full without it. Who heeds that it cannot judge leaves it out.
// And goes on leaving it out when its own horizon is past the chain: that block on top is a vote which nobody else has, so
// its horizon gets there first.
import type { AuthorIndex, Block } from "@quorate/core";
import { createRng } from "../rng.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { expectNote } from "../scenario/named/expect.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { Liar } from "./liar.ts";

const TWINS = 4;
/** By then everybody has named the first of them. */
const EXPOSED = TWINS + 2;
/** By then the proof stands in somebody's block. */
const PROVED = EXPOSED + 2;
/** V8 looks so deep below a block: `gcDepth / 8`. The refused block is the last that still sees the twins. */
const EXPOSURE_DEPTH = 12;
const REFUSED = TWINS + EXPOSURE_DEPTH;
const LOOK_EVERY_MS = 1;

interface Cast {
  readonly back: AuthorIndex;
  readonly liar: AuthorIndex;
  readonly honest: readonly AuthorIndex[];
}

function castFor(seed: number): Cast {
  const [liar = 0, ...honest] = createRng(seed).fork("cast").shuffle([0, 1, 2, 3]);
  return { back: honest[0]!, liar, honest };
}

function play(run: ScenarioRun, { back, honest }: Cast): void {
  let restarted = false;
  const look = (): void => {
    if ((run.world.processes[back]?.replica?.status().horizon ?? 0) < REFUSED - 3) run.after(LOOK_EVERY_MS, look);
    else {
      run.nemesis.apply({ verb: "crash-at", member: back, point: 0, restartMs: 50 });
      run.after(60, () => {
        run.note("its log begins above", run.world.processes[back]?.replica?.status().floor ?? 0);
        restarted = true;
      });
    }
  };
  look();
  const chain: Block[] = [];
  new Liar(run, TWINS, (liar, round) => {
    const parents = liar.blocksOf(honest, round - 1);
    if (round === TWINS) {
      if (parents === undefined) return false;
      const own = liar.member.tip(0);
      const [shown, kept] = ["one story", "and another"].map((story) => liar.make(round, own, parents, story));
      liar.tell(honest, shown!);
      chain.push(kept!);
    } else if (round === EXPOSED) {
      if (parents === undefined) return false;
      liar.tell(honest, ...chain);
    } else if (round === REFUSED - 1 || round === REFUSED) {
      if (parents === undefined) return false;
      chain.push(liar.make(round, chain.at(-1), parents, "on the other story"));
      liar.tell(honest, chain.at(-1)!);
    } else if (round > REFUSED) {
      if (!restarted) return round < liar.member.seen.highest;
      if (parents === undefined) return true;
      if (chain.length > 3) return false;
      chain.push(liar.make(round, chain.at(-1), parents, "and on"));
      liar.tell([back], ...chain);
    }
    return true;
  });
}

function refusedChain(seed: number): Scenario {
  const cast = castFor(seed);
  return defineScenario({
    name: "refused-chain",
    about: "a liar hands a member that restarts a chain that the others refused for what lies below its log",
    stakes: equalStakes(4),
    fault: { crash: 0, byzantine: 1 },
    limits: { gcDepth: 8 * EXPOSURE_DEPTH, weakDepth: 32, checkpointCommits: 2 },
    tuning: { retainRounds: 8 },
    delays: { kind: "constant", ms: 10 },
    disk: { syncMs: 0.2, syncTailMs: 0.1, flushEveryMs: 10 },
    adversaries: [{ kind: "scripted", members: [cast.liar], script: () => undefined }],
    chaosMs: [3_000, 3_000],
    calmMs: 1_000,
    script: (run) => play(run, cast),
    promise: (run) => expectNote(run, "its log begins above", { least: PROVED, most: REFUSED - 1 }),
  });
}

export const REFUSED_CHAIN: readonly Canary[] = [
  {
    name: "heedless",
    mutation: { heedless: true },
    about: "a member that restarts builds on a chain that the others refused before its log begins",
    expects: "no-progress",
    scenario: refusedChain,
  },
  {
    name: "hasty",
    mutation: { hasty: true },
    about: "it builds on that chain as soon as its own horizon, ahead by a vote of the liar's, is past it",
    expects: "no-progress",
    scenario: refusedChain,
  },
];
