// What the decider keeps of one round: its blocks by dense index, its slots with their figures, and who waits for it.
// Blocks of a round are numbered in order of acceptance, twins included, so that sets of them are words of bits.

import { type Bits, makeBits } from "../bits.ts";
import type { DagBlock } from "../dag/dag-block.ts";
import { type AuthorIndex, compareDigests, printRef, type Round, type Slot } from "../ids.ts";
import { invariant } from "../invariant.ts";
import type { Entry } from "./entry.ts";
import type { History } from "./history.ts";
import type { Reason } from "./reason.ts";
import type { Verdict } from "./verdict.ts";

/** A block in a slot, with the stake that speaks for it. */
export interface Candidate<B extends DagBlock> {
  readonly entry: Entry<B>;
  readonly slot: SlotState<B>;
  votes: number;
  certificates: number;
}

export interface SlotState<B extends DagBlock> {
  readonly slot: Slot;
  readonly rank: number;
  readonly candidates: Candidate<B>[];
  blames: number;
  verdict: Verdict<B>;
  /** Why, once it is decided. Undefined also for slots that were decided before this decider began. */
  reason: Reason<B> | undefined;
}

/** All that the twins of one author in one round said together: their author counts once on each side. */
export interface Said {
  votes: Bits;
  /** Ranks of the blamed slots. */
  blames: Bits;
  certificates: Bits;
}

export const UNDECIDED: Verdict<never> = { kind: "undecided" };

export class RoundState<B extends DagBlock> {
  readonly round: Round;
  readonly entries: Entry<B>[] = [];
  readonly slots: readonly SlotState<B>[];
  /** By dense index: the block as a candidate, if its author owns a slot. */
  readonly candidates: (Candidate<B> | undefined)[] = [];
  /** Candidates of undecided slots with votes enough for a certificate: nothing else can be certified. */
  certifiable: Bits = makeBits(0);
  undecidedCount: number;
  /** The lowest rank that is not skipped. */
  live = 0;
  /** This round; or, once all its slots are skipped, a later one on the way to the first that is not. */
  next: Round;
  /** Earlier rounds with undecided slots whose anchor is, or will be, this round's live slot. */
  waiters: Round[] = [];
  /** What the live slot's block reaches, once it is committed and somebody asked. */
  history: History<B> | undefined;
  readonly #slotOf: (SlotState<B> | undefined)[] = [];
  /** By author: the block that was accepted first. */
  readonly #firsts: (Entry<B> | undefined)[] = [];
  #twins: Map<B, Entry<B>> | undefined;
  #said: Map<AuthorIndex, Said> | undefined;

  constructor(round: Round, owners: readonly AuthorIndex[]) {
    this.round = round;
    this.next = round;
    this.undecidedCount = owners.length;
    this.slots = owners.map((author, rank) => {
      const slot: SlotState<B> = {
        slot: { round, author },
        rank,
        candidates: [],
        blames: 0,
        verdict: UNDECIDED,
        reason: undefined,
      };
      invariant(this.#slotOf[author] === undefined, `round ${round} gives one member two slots`);
      this.#slotOf[author] = slot;
      return slot;
    });
  }

  get hasTwins(): boolean {
    return this.#twins !== undefined;
  }

  slotOf(author: AuthorIndex): SlotState<B> | undefined {
    return this.#slotOf[author];
  }

  /** The entry of an accepted block. */
  find(block: DagBlock): Entry<B> | undefined {
    const first = this.#firsts[block.author];
    return first?.block === block ? first : this.#twins?.get(block as B);
  }

  /** Files an accepted block; says whether its author already had one in this round. */
  add(entry: Entry<B>): "first" | "twin" {
    const { block, index } = entry;
    this.entries.push(entry);
    const slot = this.#slotOf[block.author];
    if (slot === undefined) this.candidates.push(undefined);
    else {
      const candidate: Candidate<B> = { entry, slot, votes: 0, certificates: 0 };
      for (const { entry: twin } of slot.candidates)
        invariant(
          compareDigests(twin.block.digest, block.digest) !== 0,
          () => `twins ${printRef(block)} (block ${index} of its round) have one digest: no rule can choose`,
        );
      slot.candidates.push(candidate);
      this.candidates.push(candidate);
    }
    if (this.#firsts[block.author] === undefined) {
      this.#firsts[block.author] = entry;
      return "first";
    }
    this.#twins ??= new Map();
    this.#twins.set(block, entry);
    return "twin";
  }

  /** What the twins of an author said so far; `begin` tells what the first of them said. */
  said(author: AuthorIndex, begin: (first: Entry<B>) => Said): Said {
    this.#said ??= new Map();
    let said = this.#said.get(author);
    if (said === undefined) this.#said.set(author, (said = begin(this.#firsts[author]!)));
    return said;
  }
}
