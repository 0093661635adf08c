// When to make the next block, and of which round.
//
//   A1    a parent quorum of the round before is accepted; if members that are avoided belong to it, others are waited for
//   A2    the own block of the round before exists, or every slot that the rounds in between could still help is decided
//         (the fill exemption: rounds are filled one by one up to there, never jumped over)
//   C1    the blocks that are worth waiting for are here
//   C2    or the anchor wait is over
//   C3    or a parent quorum of the round itself is visible: this replica is the laggard
//   Open  and either this replica needs the round, or somebody already opened it
//
// Waiting is a local matter: whoever waits too little loses votes for slow members, whoever waits too long loses time;
// neither can break agreement.
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { AuthorIndex, Millis, Round } from "../ids.ts";
import type { Peers } from "../sync/peers.ts";
import type { Footing } from "./footing.ts";

export type Pace =
  | { readonly kind: "propose"; readonly round: Round; readonly fill: boolean }
  /** Nothing to do before that time, or before the next input. */
  | { readonly kind: "wait"; readonly until: Millis | undefined };

/** What the pacemaker is told about the rest of the replica. */
export interface PaceState {
  readonly lastRound: Round;
  /** Round of the first slot that is not decided. */
  readonly undecidedRound: Round;
  /** This replica wants rounds to go on. */
  readonly needy: boolean;
  /** It wants them only for a deadline, or for a member that comes back: no hurry. */
  readonly unhurried: boolean;
  /** Own commands wait to be proposed. */
  readonly commandsWaiting: boolean;
  /** A full batch of them. */
  readonly batchFull: boolean;
  /** Payload has waited for several rounds: everybody is waited for. */
  readonly overdue: boolean;
  /** Own blocks that are not durable yet. */
  readonly staged: number;
  /** No own round below this one may be used (after amnesia). */
  readonly roundMin: Round;
}

/** A member this many rounds behind the round before is not waited for. */
const LAG_ROUNDS = 3;
/** Rounds of which arrival times are remembered. */
const REMEMBERED_ROUNDS = 16;
/** Own blocks at the tip that may wait for the disk at the same time. */
const STAGED_MAX = 2;

export class Pacemaker {
  readonly #context: ReplicaContext;
  readonly #peers: Peers;
  readonly #footing: Footing;
  /** When a parent quorum of a round was first here. */
  readonly #quorumAt = new Map<Round, Millis>();
  /** Per author: moving average of how long after the quorum its block came. */
  readonly #latenessMs: number[];
  #roundMs = 0;
  /** The round that is waited for, and since when. */
  #armed: { readonly round: Round; readonly at: Millis } | undefined;
  #backoff = 1;
  /** Nothing was wanted when it was last asked. */
  #quiet = true;
  /** Has this very moment joined a round while quiet, without commands of its own. */
  #woken = false;
  #proposedAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(context: ReplicaContext, peers: Peers, footing: Footing) {
    this.#context = context;
    this.#peers = peers;
    this.#footing = footing;
    this.#latenessMs = context.committee.members.map(() => 0);
  }

  accepted(block: AcceptedBlock): void {
    const { clock, committee, dag } = this.#context;
    const at = this.#quorumAt.get(block.round);
    const lateness = at === undefined ? 0 : clock.now - at;
    this.#latenessMs[block.author] = (this.#latenessMs[block.author] ?? 0) * 0.75 + lateness * 0.25;
    if (at !== undefined || dag.stakeAt(block.round) < committee.thresholds.parents) return;
    this.#quorumAt.set(block.round, clock.now);
    const before = this.#quorumAt.get(block.round - 1);
    if (before !== undefined && clock.now - before < this.#context.tuning.anchorWaitMsMax) {
      this.#roundMs = this.#roundMs * 0.75 + (clock.now - before) * 0.25;
    }
    for (const round of this.#quorumAt.keys())
      if (round + REMEMBERED_ROUNDS <= block.round) this.#quorumAt.delete(round);
  }

  /** Progress: waits start short again. */
  committed(): void {
    this.#backoff = 1;
  }

  proposed(round: Round, state: PaceState): void {
    this.#proposedAt = this.#context.clock.now;
    this.#woken = this.#quiet && !state.commandsWaiting;
    this.#quiet = false;
    if (this.#armed?.round === round) this.#armed = undefined;
  }

  /** T = 2Δ + processing, within bounds, longer while waiting brought no commit. */
  anchorWaitMs(): Millis {
    const { anchorWaitMsMax, anchorWaitMsMin, processingMs } = this.#context.tuning;
    const wait = (this.#peers.quorumRoundTripMs() ?? 0) + processingMs;
    return Math.min(anchorWaitMsMax, Math.max(anchorWaitMsMin, wait) * this.#backoff);
  }

  /** What to do now. */
  next(state: PaceState): Pace {
    const { clock, committee, dag, tuning } = this.#context;
    const { parents } = committee.thresholds;
    const woken = this.#woken;
    this.#woken = false;
    const tip = this.#tip();
    const round = this.#nextRound(state, tip);
    const joining = dag.highestRound >= round;
    if (round > tip || !(state.needy || joining) || !this.#footing.carries(round - 1)) {
      this.#quiet = !state.needy && !joining;
      this.#armed = undefined;
      return { kind: "wait", until: undefined };
    }
    if (this.#armed?.round !== round) this.#armed = { round, at: clock.now };
    const propose: Pace = { kind: "propose", round, fill: round < tip };
    if (!propose.fill && state.staged >= STAGED_MAX) return { kind: "wait", until: undefined };
    const scarce = !this.#footing.isFirm(round - 1);
    if (!scarce && dag.stakeAt(round) >= parents) return propose;
    // Woken by somebody's command and already in possession of a quorum: the next vote is of use at once.
    if (!scarce && woken) return propose;
    if (!joining && !state.batchFull) {
      const pause = state.unhurried ? tuning.unhurriedRoundMsMin : tuning.roundIntervalMsMin;
      if (clock.now < this.#proposedAt + pause) return { kind: "wait", until: this.#proposedAt + pause };
    }
    const until = scarce ? this.#armed.at + this.anchorWaitMs() : this.#waitUntil(round, this.#armed.at, state);
    if (until > clock.now) return { kind: "wait", until };
    if (until === this.#armed.at + this.anchorWaitMs()) this.#backoff = Math.min(64, this.#backoff * 2);
    return propose;
  }

  /** The newest round that a block can be made for. */
  #tip(): Round {
    let round = this.#context.dag.highestRound;
    while (round > 0 && !this.#footing.carries(round)) round--;
    return round + 1;
  }

  #nextRound(state: PaceState, tip: Round): Round {
    if (this.#context.mutations.jump === true) return Math.max(state.lastRound + 1, tip, state.roundMin);
    return Math.max(state.lastRound + 1, Math.min(tip, state.undecidedRound + 1), state.roundMin);
  }

  /** Until when the blocks of the round before, and the votes in them, are worth waiting for. */
  #waitUntil(round: Round, armedAt: Millis, state: PaceState): Millis {
    const { committee } = this.#context;
    if (round === 1) return armedAt;
    const wait = this.anchorWaitMs();
    const quorumAt = this.#quorumAt.get(round - 1) ?? armedAt;
    const holdBack = Math.min(wait, Math.max(this.#context.tuning.holdBackMsMin, this.#roundMs / 4));
    let until = armedAt;
    let missingStake = 0;
    for (const author of this.#peers.others) {
      if (!this.#isAwaited(author, round)) continue;
      missingStake += committee.stakes[author] ?? 0;
      if (state.overdue) until = Math.max(until, armedAt + wait);
      else if ((this.#latenessMs[author] ?? 0) <= holdBack)
        until = Math.max(until, Math.min(armedAt + wait, quorumAt + holdBack));
    }
    if (committee.thresholds.wave === 3 && missingStake > 0 && this.#headCanStillWin(round - 2, missingStake)) {
      until = Math.max(until, armedAt + wait);
    }
    return until;
  }

  /** Whether that member's block of the round before may come any moment. */
  #isAwaited(author: AuthorIndex, round: Round): boolean {
    const { dag } = this.#context;
    return (
      this.#peers.isUp(author) &&
      !this.#footing.isAvoided(author) &&
      dag.headRound(author) + LAG_ROUNDS >= round - 1 &&
      dag.by(author, round - 1) === undefined
    );
  }

  /** Whether the head of a round lacks a parent quorum of votes that the missing blocks could still give it. */
  #headCanStillWin(round: Round, missingStake: number): boolean {
    if (round < 1) return false;
    const { committee, dag } = this.#context;
    const head = committee.slotsOf(round)[0];
    const candidates = dag.at(round).filter(({ author }) => author === head);
    if (candidates.length === 0) return false;
    let votes = 0;
    for (const block of dag.at(round + 1)) {
      if (candidates.some((candidate) => block.parents.includes(candidate)))
        votes += committee.stakes[block.author] ?? 0;
    }
    return votes < committee.thresholds.parents && votes + missingStake >= committee.thresholds.parents;
  }
}
