// The rule of agreement as production runs it: every accepted block adds its votes, blames and certificates to running
// sums, and slots are decided the moment a threshold is reached. The work for a block is linear in the size of the
// committee however long nothing could be decided. The oracle beside this file says what the verdicts must be.
//
// How indirect verdicts stay cheap: all undecided slots of a round share one anchor, the first slot at least a wave later
// that is not skipped. A round waits on the list of the round that holds this slot. Rounds whose slots are all skipped
// are joined to the next one (union-find), and hand their waiters on.
//
// The laws it keeps: a verdict never changes; slots leave in slot order; of one slot at most one twin is ever committed.
// Where more members lie than the bounds allow, these can break: that is found here and is a broken invariant.

import {
  addBits,
  type Bits,
  clearBit,
  forEachBit,
  hasBit,
  isEmpty,
  makeBits,
  setBit,
  unionOf,
  withBit,
} from "../bits.ts";
import type { Thresholds } from "../committee/quorum.ts";
import type { DagBlock } from "../dag/dag-block.ts";
import { type AuthorIndex, compareDigests, printRef, printSlot, type Round, type Slot } from "../ids.ts";
import { invariant } from "../invariant.ts";
import type { Entry } from "./entry.ts";
import { History } from "./history.ts";
import { type Names, PLAIN_NAMES, printReason, type Reason } from "./reason.ts";
import { type Candidate, RoundState, type Said, type SlotState, UNDECIDED } from "./round-state.ts";
import { StakeTally } from "./stake-tally.ts";
import type { Decision, Schedule, Verdict } from "./verdict.ts";

export interface DeciderOptions {
  readonly thresholds: Thresholds;
  /** Stake by author index. */
  readonly stakes: readonly number[];
  readonly schedule: Schedule;
  /** The last slot that is already decided, when deciding goes on after a snapshot. */
  readonly after?: Slot;
  /** Which twin wins a tie. `arrival` breaks agreement on purpose; only canaries, which must be caught, use it. */
  readonly tieBreak?: "digest" | "arrival";
}

const NOTHING_DECIDED: readonly never[] = [];
const NO_BITS: Bits = makeBits(0);
const NO_LATE: readonly number[] = [];

export class Decider<B extends DagBlock> {
  readonly #thresholds: Thresholds;
  readonly #stakes: readonly number[];
  readonly #schedule: Schedule;
  readonly #tieBreak: "digest" | "arrival";
  readonly #tally: StakeTally;
  /** Consecutive rounds from `#base` on. */
  readonly #rounds: RoundState<B>[] = [];
  #base: Round;
  /** The first undecided slot. */
  #cursor: { round: Round; rank: number };
  /** Rounds with undecided slots whose anchor lies in a round that no block has reached. */
  #parked: Round[] = [];
  /** Rounds whose live slot was decided and whose waiters have not been told yet. */
  readonly #stirred: RoundState<B>[] = [];
  /** By rank: the last block that voted in that slot. Saves clearing a set for every block. */
  readonly #votedBy: number[];
  #acceptedCount = 0;
  readonly #roundAt = (round: Round): RoundState<B> | undefined => this.#rounds[round - this.#base];

  constructor({ thresholds, stakes, schedule, after, tieBreak = "digest" }: DeciderOptions) {
    this.#thresholds = thresholds;
    this.#stakes = stakes;
    this.#schedule = schedule;
    this.#tieBreak = tieBreak;
    this.#tally = new StakeTally(thresholds.total);
    this.#votedBy = stakes.map(() => 0);
    this.#base = after?.round ?? 1;
    this.#cursor = { round: this.#base, rank: 0 };
    if (after !== undefined) this.#settleThrough(after);
  }

  /** The first undecided slot: every slot before it is decided. */
  get firstUndecided(): Slot {
    const { round, rank } = this.#cursor;
    const author = this.#roundAt(round)?.slots[rank]?.slot.author ?? this.#schedule(round)[rank];
    invariant(author !== undefined, `no member owns a slot in round ${round}`);
    return { round, author };
  }

  /**
   * Takes a block whose parents were all accepted before (those of forgotten rounds may be absent) and answers the slots
   * that this decides, in slot order.
   */
  accept(block: B): readonly Decision<B>[] {
    if (block.round < this.#base) return NOTHING_DECIDED;
    while (this.#top < block.round) this.#openRound();
    const round = this.#roundAt(block.round)!;
    const entry = this.#entryOf(block, round);
    const said = round.add(entry) === "twin" ? round.said(block.author, (first) => this.#begin(first)) : undefined;
    this.#acceptedCount++;
    this.#countVotes(entry, said);
    if (this.#thresholds.wave === 3) this.#countCertificates(entry, said);
    this.#settle();
    return this.#advance();
  }

  /** The verdict of a slot; undefined if it is not a slot, is forgotten, or was decided before this decider began. */
  verdict(slot: Slot): Verdict<B> | undefined {
    if (slot.round > this.#top) return this.#schedule(slot.round).includes(slot.author) ? UNDECIDED : undefined;
    const state = this.#roundAt(slot.round)?.slotOf(slot.author);
    return state === undefined || isSettled(state) ? undefined : state.verdict;
  }

  /** One sentence that says why a slot has its verdict, or what it lacks. */
  explain(slot: Slot, names: Names<B> = PLAIN_NAMES): string {
    const name = names.slot(slot);
    if (slot.round > this.#top) return `${name} is undecided: no block has reached round ${slot.round}`;
    const state = this.#roundAt(slot.round)?.slotOf(slot.author);
    if (state === undefined) return `${name} is not a slot, or was decided long ago and is forgotten`;
    if (isSettled(state)) return `${name} was decided before this replica's memory begins`;
    const { verdict } = state;
    const outcome = verdict.kind === "commit" ? `commits ${names.block(verdict.block)}` : VERBS[verdict.kind];
    return `${name} ${outcome}: ${printReason(slot, state.reason ?? this.#waiting(state), this.#thresholds, names)}`;
  }

  /** Drops everything of the rounds below, all of whose slots are decided. */
  forget(belowRound: Round): void {
    invariant(belowRound <= this.#cursor.round, "a round with an undecided slot may not be forgotten");
    const count = Math.min(belowRound - this.#base, this.#rounds.length);
    if (count <= 0) return;
    this.#rounds.splice(0, count);
    this.#base += count;
  }

  get #top(): Round {
    return this.#base + this.#rounds.length - 1;
  }

  #openRound(): void {
    const round = this.#top + 1;
    const state = new RoundState<B>(round, this.#schedule(round));
    this.#rounds.push(state);
    if (state.slots.length === 0) state.next = round + 1;
    const arrived = this.#parked;
    this.#parked = [];
    const below = round - this.#thresholds.wave;
    if (below >= this.#base) arrived.push(below);
    this.#attach(arrived, round);
  }

  /** Slots up to this one count as decided; what they were is not known. */
  #settleThrough(after: Slot): void {
    this.#openRound();
    const round = this.#roundAt(after.round)!;
    const last = round.slotOf(after.author);
    invariant(last !== undefined, () => `${printSlot(after)} is not a slot`);
    for (const state of round.slots.slice(0, last.rank + 1)) state.verdict = SETTLED;
    round.undecidedCount -= last.rank + 1;
    this.#cursor.rank = last.rank + 1;
    // Where that was the round's last slot, the next one to decide is in the next round.
    this.#advance();
  }

  #entryOf(block: B, round: RoundState<B>): Entry<B> {
    const prior = this.#roundAt(block.round - 1);
    const votes = prior === undefined ? NO_BITS : makeBits(prior.entries.length);
    const late: number[] = [];
    for (const parent of block.parents) {
      const home = this.#roundAt(parent.round);
      if (home === undefined) continue;
      const found = home.find(parent);
      invariant(found !== undefined, () => `${printRef(block)} was accepted before its parent ${printRef(parent)}`);
      if (home === prior) setBit(votes, found.index);
      else late.push(parent.round, found.index);
    }
    return {
      block,
      index: round.entries.length,
      votes,
      late: late.length === 0 ? NO_LATE : late,
      certificates: NO_BITS,
    };
  }

  /** Its direct references are votes; a slot of the round below without any of them is blamed. */
  #countVotes({ block, votes }: Entry<B>, said: Said | undefined): void {
    const prior = this.#roundAt(block.round - 1);
    if (prior === undefined) return;
    const { commit, certificate, skip, wave } = this.#thresholds;
    const stake = this.#stakes[block.author]!;
    forEachBit(votes, (index) => {
      const candidate = prior.candidates[index];
      if (candidate === undefined) return;
      this.#votedBy[candidate.slot.rank] = this.#acceptedCount;
      if (said !== undefined && hasBit(said.votes, index)) return;
      candidate.votes += stake;
      if (wave === 3 && candidate.votes >= certificate && candidate.slot.verdict.kind === "undecided")
        prior.certifiable = withBit(prior.certifiable, index);
      if (candidate.votes >= commit) this.#commitDirectly(candidate, "votes");
    });
    for (const slot of prior.slots) {
      if (this.#votedBy[slot.rank] === this.#acceptedCount) continue;
      if (said !== undefined) {
        if (hasBit(said.blames, slot.rank)) continue;
        setBit(said.blames, slot.rank);
      }
      slot.blames += stake;
      if (slot.blames >= skip) this.#skipDirectly(slot);
    }
    if (said !== undefined) said.votes = unionOf(said.votes, votes);
  }

  /** For every block two rounds below: the stake of this block's parents that vote for it. One parent per author (V4). */
  #countCertificates(entry: Entry<B>, said: Said | undefined): void {
    const { block, votes } = entry;
    const prior = this.#roundAt(block.round - 1);
    const target = this.#roundAt(block.round - 2);
    if (prior === undefined || target === undefined || isEmpty(target.certifiable)) return;
    this.#tally.reset(target.entries.length);
    forEachBit(votes, (index) => {
      const vote = prior.entries[index]!;
      this.#tally.add(vote.votes, this.#stakes[vote.block.author]!);
    });
    const certified = this.#tally.atLeast(this.#thresholds.certificate);
    for (let word = 0; word < certified.length; word++) certified[word]! &= target.certifiable[word] ?? 0;
    entry.certificates = certified;
    const stake = this.#stakes[block.author]!;
    forEachBit(certified, (index) => {
      if (said !== undefined && hasBit(said.certificates, index)) return;
      const candidate = target.candidates[index]!;
      candidate.certificates += stake;
      if (candidate.certificates >= this.#thresholds.slow) this.#commitDirectly(candidate, "certificates");
    });
    if (said !== undefined) said.certificates = unionOf(said.certificates, certified);
  }

  /** What the first of an author's twins said. */
  #begin(first: Entry<B>): Said {
    const prior = this.#roundAt(first.block.round - 1);
    const blames = makeBits(prior?.slots.length ?? 0);
    for (const { rank, candidates } of prior?.slots ?? [])
      if (!candidates.some(({ entry }) => hasBit(first.votes, entry.index))) setBit(blames, rank);
    return { votes: first.votes, blames, certificates: first.certificates };
  }

  #commitDirectly(candidate: Candidate<B>, kind: "votes" | "certificates"): void {
    const { block } = candidate.entry;
    const { slot, verdict } = candidate.slot;
    if (isSettled(candidate.slot) || (verdict.kind === "commit" && verdict.block === block)) return;
    invariant(verdict.kind === "undecided", () => `${printRef(block)} commits, but ${this.explain(slot)}`);
    const reason: Reason<B> =
      kind === "votes"
        ? { kind, block, votes: candidate.votes }
        : { kind, block, certificates: candidate.certificates };
    this.#decide(candidate.slot, { kind: "commit", block, how: "direct" }, reason);
  }

  #skipDirectly(state: SlotState<B>): void {
    if (isSettled(state) || state.verdict.kind === "skip") return;
    invariant(
      state.verdict.kind === "undecided",
      () => `blames of stake ${state.blames} skip, but ${this.explain(state.slot)}`,
    );
    this.#decide(state, { kind: "skip", how: "direct" }, { kind: "blames", blames: state.blames });
  }

  #decide(state: SlotState<B>, verdict: Verdict<B>, reason: Reason<B>): void {
    state.verdict = verdict;
    state.reason = reason;
    const round = this.#roundAt(state.slot.round)!;
    round.undecidedCount--;
    for (const { entry } of state.candidates) clearBit(round.certifiable, entry.index);
    if (state.rank === round.live) this.#stirred.push(round);
  }

  /** Tells waiters of decided live slots until nothing more follows. */
  #settle(): void {
    for (let round = this.#stirred.pop(); round !== undefined; round = this.#stirred.pop()) {
      while (round.slots[round.live]?.verdict.kind === "skip") round.live++;
      if (round.live === round.slots.length) round.next = round.round + 1;
      else if (round.slots[round.live]!.verdict.kind === "undecided") continue;
      const { waiters } = round;
      round.waiters = [];
      this.#attach(waiters, round.round);
    }
  }

  /** Puts waiting rounds on the list of the first round from `from` on with a slot that is not skipped, or decides them. */
  #attach(waiters: Round[], from: Round): void {
    const target = this.#firstLiveRound(from);
    const round = this.#roundAt(target);
    const live = round?.slots[round.live];
    if (round !== undefined && live?.verdict.kind === "commit") {
      for (const waiter of waiters) this.#decideIndirectly(waiter, round, live.verdict.block);
    } else if (round === undefined) this.#parked = joined(this.#parked, waiters);
    else round.waiters = joined(round.waiters, waiters);
  }

  #firstLiveRound(from: Round): Round {
    let at = from;
    for (let state = this.#roundAt(at); state !== undefined && state.next !== at; state = this.#roundAt(at)) {
      // Halve the path: the next walk takes half the steps.
      state.next = this.#roundAt(state.next)?.next ?? state.next;
      at = state.next;
    }
    return at;
  }

  #decideIndirectly(at: Round, anchorRound: RoundState<B>, anchor: B): void {
    const round = this.#roundAt(at);
    if (round === undefined || round.undecidedCount === 0) return;
    const history = (anchorRound.history ??= new History(anchorRound.find(anchor)!, this.#roundAt));
    const certified = this.#thresholds.wave === 3 ? this.#certifiedIn(history, at) : NO_BITS;
    const linked = this.#linkedIn(history, at);
    for (const state of round.slots) {
      if (state.verdict.kind !== "undecided") continue;
      const reason = this.#judge(state, certified, linked, history);
      const verdict: Verdict<B> =
        reason.kind === "unlinked"
          ? { kind: "skip", how: "indirect" }
          : { kind: "commit", block: reason.block, how: "indirect" };
      this.#decide(state, verdict, reason);
    }
  }

  /** A certificate comes before any number of votes: a block that was committed by certificates has no rival there. */
  #judge(state: SlotState<B>, certified: Bits, linked: Bits, history: History<B>): IndirectReason<B> {
    const { anchor } = history;
    const winner = this.#choose(state, certified);
    if (winner !== undefined) return { kind: "certified", ...winner, anchor };
    const heir = this.#choose(state, linked);
    if (heir !== undefined) return { kind: "linked", ...heir, anchor, votes: this.#votesIn(history, heir.block) };
    const votes = state.candidates.map(({ entry }) => this.#votesIn(history, entry.block));
    return { kind: "unlinked", anchor, votes: Math.max(0, ...votes) };
  }

  /** The blocks of a round for which the anchor's history holds a certificate. */
  #certifiedIn(history: History<B>, round: Round): Bits {
    const { entries } = this.#roundAt(round + 2)!;
    const certified = makeBits(this.#roundAt(round)!.entries.length);
    forEachBit(history.at(round + 2), (index) => addBits(certified, entries[index]!.certificates));
    return certified;
  }

  /** The blocks of a round for which the anchor's history holds enough votes, each author counted once. */
  #linkedIn(history: History<B>, round: Round): Bits {
    const above = this.#roundAt(round + 1)!;
    const said = new Map<number, Bits>();
    this.#tally.reset(this.#roundAt(round)!.entries.length);
    forEachBit(history.at(round + 1), (index) => {
      const { block, votes } = above.entries[index]!;
      if (!above.hasTwins) this.#tally.add(votes, this.#stakes[block.author]!);
      else said.set(block.author, unionOf(said.get(block.author) ?? NO_BITS, votes));
    });
    for (const [author, votes] of said) this.#tally.add(votes, this.#stakes[author]!);
    return this.#tally.atLeast(this.#thresholds.link);
  }

  /** Stake of votes for one block in the anchor's history: only for the sentence that says why. */
  #votesIn(history: History<B>, block: B): number {
    const index = this.#roundAt(block.round)!.find(block)!.index;
    const { entries } = this.#roundAt(block.round + 1)!;
    const authors = new Set<AuthorIndex>();
    forEachBit(history.at(block.round + 1), (vote) => {
      if (hasBit(entries[vote]!.votes, index)) authors.add(entries[vote]!.block.author);
    });
    let stake = 0;
    for (const author of authors) stake += this.#stakes[author]!;
    return stake;
  }

  /** Of the twins that qualify, the one with the least digest: every replica must choose the same, whatever came first. */
  #choose({ candidates }: SlotState<B>, qualified: Bits): { block: B; rivals: number } | undefined {
    const twins = candidates.map(({ entry }) => entry).filter(({ index }) => hasBit(qualified, index));
    if (twins.length > 1 && this.#tieBreak === "digest")
      twins.sort((left, right) => compareDigests(left.block.digest, right.block.digest));
    return twins.length === 0 ? undefined : { block: twins[0]!.block, rivals: twins.length - 1 };
  }

  #advance(): readonly Decision<B>[] {
    let decided: Decision<B>[] | undefined;
    for (
      let round = this.#roundAt(this.#cursor.round);
      round !== undefined;
      round = this.#roundAt(this.#cursor.round)
    ) {
      const state = round.slots[this.#cursor.rank];
      if (state === undefined) {
        this.#cursor.round++;
        this.#cursor.rank = 0;
        continue;
      }
      if (state.verdict.kind === "undecided") break;
      this.#cursor.rank++;
      decided ??= [];
      decided.push({ slot: state.slot, verdict: state.verdict });
    }
    return decided ?? NOTHING_DECIDED;
  }

  #waiting(state: SlotState<B>): Reason<B> {
    const round = this.#roundAt(this.#firstLiveRound(state.slot.round + this.#thresholds.wave));
    return {
      kind: "waiting",
      votes: Math.max(0, ...state.candidates.map(({ votes }) => votes)),
      certificates: Math.max(0, ...state.candidates.map(({ certificates }) => certificates)),
      blames: state.blames,
      anchor: round?.slots[round.live]?.slot,
    };
  }
}

type IndirectReason<B extends DagBlock> = Extract<Reason<B>, { kind: "certified" | "linked" | "unlinked" }>;

/** The verdict of slots that were decided before a decider began: told apart by identity. */
const SETTLED: Verdict<never> = { kind: "skip", how: "indirect" };

function isSettled<B extends DagBlock>(state: SlotState<B>): boolean {
  return state.verdict === SETTLED;
}

const VERBS = { skip: "is skipped", undecided: "is undecided" } as const;

/** Both lists as one; the longer one is reused, so that handing lists on again and again stays cheap. */
function joined(left: Round[], right: Round[]): Round[] {
  const [long, short] = left.length < right.length ? [right, left] : [left, right];
  for (const round of short) long.push(round);
  return long;
}
