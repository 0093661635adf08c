// Rounds jumped over. The network keeps its promise (no frame ever takes longer than HELD_MS, and everybody waits longer
// than twice that), but it chooses whom it delays: in two rounds of every three, the head. By the time that one could
// make its block, the round is already complete without it. Of three liars among ten members two fill the quorums and vote
// for no head; the third says nothing, so that no slot has everybody's blame and can be skipped at once.
//
//   Who may jump goes on to the round after: a head has no block, or too few votes for a certificate, in any of its
//   rounds, and the first slot of every round stays open for ever.
//   Who must fill makes the block after all, in time for those who wait for it: seven honest votes are a certificate.
import type { Round } from "@quorate/core";
import type { LyingMember } from "../adversary/lying-member.ts";
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import { createRng } from "../rng.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import { defineScenario, equalStakes } from "../scenario/scenario.ts";
import type { Canary } from "./canary.ts";

const ABOUT = "the network delays each head by less than anybody waits, and liars fill the quorums without it";
const MEMBERS = 10;
const LIARS = 3;
const DELAY_MS = 2;
const HELD_MS = 20;
const LOOK_EVERY_MS = 0.5;
/** Rounds with the same head. */
const WAVE = 3;

export const JUMP: Canary = {
  name: "jump",
  mutation: { jump: true },
  about: ABOUT,
  expects: "no-progress",
  scenario: (seed) => {
    const liars = createRng(seed)
      .fork("cast")
      .shuffle(Array.from({ length: MEMBERS }, (_, member) => member))
      .slice(0, LIARS)
      .toSorted((left, right) => left - right);
    return defineScenario({
      name: "jump",
      about: ABOUT,
      stakes: equalStakes(MEMBERS),
      fault: { crash: 0, byzantine: LIARS },
      tuning: { anchorWaitMsMin: 50, anchorWaitMsMax: 100 },
      delays: { kind: "constant", ms: DELAY_MS },
      workload: { ...DEFAULT_WORKLOAD, clients: 3 },
      adversaries: [{ kind: "scripted", members: liars, script: () => undefined }],
      chaosMs: [1_500, 1_500],
      calmMs: 100,
      boundMs: 3_000,
      script: (run) => {
        rotate(run);
        for (const liar of run.coalitions[0]?.members.slice(1) ?? []) new Filler(run, liar);
      },
    });
  },
};

/**
 * Delays what heads hear, in the first and the last round of three. A member that has just jumped is left alone for a
 * round: it could not be late again without being delayed longer than it waits. It never ends, and breaks no promise.
 */
function rotate(run: ScenarioRun): void {
  const { committee } = run.world.options;
  const { network } = run.world;
  let delayed: Round = 0;
  const look = (): void => {
    const rounds = run.replicas.map(({ replica, self }) => ({ self, made: replica?.status().ownRound ?? 0 }));
    for (const { self: head } of rounds) {
      const round = 1 + Math.max(...rounds.map(({ self, made }) => (self === head ? 0 : made)));
      if (round <= delayed || round % WAVE === 1 || committee.slotsOf(round)[0] !== head) continue;
      delayed = round;
      for (let from = 0; from < MEMBERS; from++) if (from !== head) network.hold(from, head);
      run.after(HELD_MS - DELAY_MS, () => {
        for (let from = 0; from < MEMBERS; from++) if (from !== head) network.release(from, head);
      });
    }
    run.after(LOOK_EVERY_MS, look);
  };
  look();
}

/** Makes a block in every round as soon as it can, with a quorum of parents but without the head's block. */
class Filler {
  readonly #run: ScenarioRun;
  readonly #member: LyingMember;
  #next: Round = 1;

  constructor(run: ScenarioRun, member: LyingMember) {
    this.#run = run;
    this.#member = member;
    this.#look();
  }

  #look(): void {
    while (this.#fill()) this.#next += 1;
    this.#run.after(LOOK_EVERY_MS, () => this.#look());
  }

  #fill(): boolean {
    const member = this.#member;
    const { committee } = member.context;
    const round = this.#next;
    const head = committee.slotsOf(round - 1)[0] ?? 0;
    if (round === 1 ? member.seen.highest < 1 : member.seen.highest < round - 1) return false;
    // Heads among the liars have no block in their rounds.
    if (committee.slotsOf(round)[0] === member.self) return member.seen.highest > round;
    const parents =
      round === 1
        ? undefined
        : member.seen
            .at(round - 1)
            .flatMap(({ author, ref }) => (author === head || author === member.self ? [] : [ref]));
    const content = { timestamp: member.coalition.wall };
    const block = member.craft({ round, own: member.tip(0), content, ...(parents === undefined ? {} : { parents }) });
    if (block === undefined) return false;
    member.adopt(block, 0);
    member.tell(member.others, [block]);
    return true;
  }
}
