// The three thresholds among four members of which one may lie, each one too low. There is no slack at that size: four votes
// or three certificates commit, four blames skip, and two votes are what later blocks must see.
//
// All three plays have the same stage. The victim hears everybody, and from the liar a story of its own; the two others
// hear the liar's other story and nothing more from the victim. So the victim decides a slot directly from what it sees,
// and the others decide it by the anchor three rounds above, which the next head makes.
//
//   played slot   the victim sees                            the others' anchor sees
//   commit        votes of itself, one other, the liar       the vote of that other
//   skip          blames of itself, one other, the liar      votes of the author and the liar
//   link          blames of all four                         the liar's vote for a block that nobody was shown in time
import type { AuthorIndex, Block, Round } from "@quorate/core";
import { createRng } from "../rng.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";
import { Liar, type Lines } from "./liar.ts";
import { silence, whenMade } from "./stage.ts";

const MEMBERS = 4;
/** Rounds with the same head. */
const WAVE = 3;

interface Cast {
  /** The round of the played slot; its head owns the slot. */
  readonly round: Round;
  readonly victim: AuthorIndex;
  /** Head of the played round's anchors. */
  readonly next: AuthorIndex;
  readonly other: AuthorIndex;
  readonly liar: AuthorIndex;
}

type Role = "victim" | "other" | "liar";

/** Gives the head of the played round its role, and the two remaining ones to the rest by chance. */
function castFor(seed: number, head: Role): Cast {
  const rng = createRng(seed).fork("cast");
  const wave = MEMBERS + rng.integer(2 * MEMBERS);
  const first = wave % MEMBERS;
  const next = (first + 1) % MEMBERS;
  const [left = 0, right = 0] = rng.shuffle([(first + 2) % MEMBERS, (first + 3) % MEMBERS]);
  const round = wave * WAVE + rng.integer(WAVE);
  switch (head) {
    case "victim":
      return { round, victim: first, next, other: left, liar: right };
    case "other":
      return { round, other: first, next, victim: left, liar: right };
    case "liar":
      return { round, liar: first, next, victim: left, other: right };
  }
}

/** After its two stories have begun, the liar goes on with the one that the two others hear. */
function goOn({ next, other }: Cast, tip: Block, liar: Liar, round: Round): Block | undefined {
  const parents = liar.blocksOf([next, other], round - 1);
  if (parents === undefined) return undefined;
  const block = liar.make(round, tip, parents, "goes on");
  liar.tell([next, other], block);
  return block;
}

/** Tells the victim one block of the round above the played one and the others another; then goes on. */
function twoStories(
  cast: Cast,
  begin: (liar: Liar) => { mine: Block; theirs: Block; before: Block[] } | undefined,
): Lines {
  let tip: Block | undefined;
  return (liar, round) => {
    if (tip !== undefined) {
      const block = goOn(cast, tip, liar, round);
      tip = block ?? tip;
      return block !== undefined;
    }
    const stories = begin(liar);
    if (stories === undefined) return false;
    liar.tell([cast.victim], stories.mine);
    liar.tell([cast.next, cast.other], ...stories.before, stories.theirs);
    tip = stories.theirs;
    return true;
  };
}

/** The head's block reaches one of the others too late for its vote. */
function playCommit(run: ScenarioRun, cast: Cast): void {
  const { liar: self, next, other, round, victim } = cast;
  silence(run, victim, round, [other]);
  silence(run, victim, round + 1, [next]);
  const lines = twoStories(cast, (liar) => {
    const all = liar.blocksOf([victim, next, other], round);
    const some = liar.blocksOf([next, other], round);
    const own = liar.member.seen.by(self, round)[0];
    if (all === undefined || some === undefined || own === undefined) return undefined;
    return {
      mine: liar.make(round + 1, own, all, "votes"),
      theirs: liar.make(round + 1, own, some, "blames"),
      before: [],
    };
  });
  new Liar(run, round + 1, lines);
}

/** The head's block reaches nobody but the liar in time; then it reaches the one who makes the anchors. */
function playSkip(run: ScenarioRun, cast: Cast): void {
  const { liar: self, next, other, round, victim } = cast;
  silence(run, other, round, [victim, next]);
  silence(run, victim, round + 1, [next, other]);
  whenMade(run, next, round + 1, () => run.world.network.release(other, next));
  const lines = twoStories(cast, (liar) => {
    const all = liar.blocksOf([victim, next, other], round);
    const some = liar.blocksOf([victim, next], round);
    const own = liar.member.seen.by(self, round)[0];
    if (all === undefined || some === undefined || own === undefined) return undefined;
    return {
      mine: liar.make(round + 1, own, some, "blames"),
      theirs: liar.make(round + 1, own, all, "votes"),
      before: [],
    };
  });
  new Liar(run, round + 1, lines);
}

/** The liar itself is the head; it keeps its block to itself until everybody has blamed the slot. */
function playLink(run: ScenarioRun, cast: Cast): void {
  const { liar: self, next, other, round, victim } = cast;
  silence(run, victim, round + 1, [next, other]);
  let secret: Block | undefined;
  const begin = twoStories(cast, (liar) => {
    const all = liar.blocksOf([victim, next, other], round);
    const before = liar.member.seen.by(self, round - 1)[0];
    if (all === undefined || before === undefined || secret === undefined) return undefined;
    return {
      mine: liar.make(round + 1, before, all, "blames"),
      theirs: liar.make(round + 1, secret, all, "votes"),
      before: [secret],
    };
  });
  new Liar(run, round, (liar, at) => {
    if (at > round) return begin(liar, at);
    const parents = liar.blocksOf([victim, next, other], round - 1);
    if (parents === undefined) return false;
    secret = liar.make(round, liar.member.tip(0), parents, "kept back");
    return true;
  });
}

function canary(
  rule: "commit" | "skip" | "link",
  head: Role,
  play: (run: ScenarioRun, cast: Cast) => void,
  about: string,
): Canary {
  const name = `${rule}-byzantine`;
  const scenario = (seed: number): Scenario => {
    const cast = castFor(seed, head);
    return defineScenario({
      name,
      about,
      stakes: equalStakes(MEMBERS),
      fault: { crash: 0, byzantine: 1 },
      // Everybody is in step, and nobody waits long for what is held back.
      tuning: { anchorWaitMsMin: 4, anchorWaitMsMax: 5 },
      delays: { kind: "constant", ms: 10 },
      adversaries: [{ kind: "scripted", members: [cast.liar], script: () => undefined }],
      chaosMs: [900, 900],
      script: (run) => play(run, cast),
    });
  };
  return { name, mutation: { [rule]: -1 }, about, scenario, expects: "safety" };
}

export const THRESHOLDS_BYZANTINE: readonly Canary[] = [
  canary(
    "commit",
    "victim",
    playCommit,
    "three votes, one of them a liar's, commit what an anchor with one vote skips",
  ),
  canary("skip", "other", playSkip, "three blames, one of them a liar's, skip what an anchor with two votes commits"),
  canary("link", "liar", playLink, "an anchor commits for a liar's vote alone what everybody else has blamed"),
];
