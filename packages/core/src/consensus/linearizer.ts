// Puts the blocks of a committed anchor in order. Every replica must get the same order from the same anchors, and every
// block must be output exactly once however late it arrived, so what is output is remembered block by block; "the
// highest round of each author" would drop late blocks.
//
// An anchor outputs what it reaches, is not output yet, and lies above the horizon that the previous anchor set. The
// walk stops at output blocks, because all that they reach above the horizon is output too: the work is linear in what
// is newly output.
import { type BlockRef, compareDigests, printRef, type Round } from "../ids.ts";
import { invariant } from "../invariant.ts";

export interface LinearizerOptions {
  /** Rounds below an anchor from which later anchors no longer output blocks. */
  readonly gcDepth: number;
  /** Number of members. */
  readonly members: number;
}

/** What one anchor adds to the log. */
export interface SubDag<B> {
  /** In the agreed order. */
  readonly blocks: readonly B[];
  /** Blocks at or below this round are never output by later anchors. */
  readonly horizon: Round;
}

/** A block whose parents are blocks of the same kind. */
export interface Linked<B> extends BlockRef {
  readonly parents: readonly B[];
}

export class Linearizer<B extends Linked<B>> {
  readonly #gcDepth: number;
  readonly #memberCount: number;
  readonly #output = new Map<Round, Set<B>>();
  #covering: B[] = [];
  #lastAnchorRound: Round = 0;

  constructor({ gcDepth, members }: LinearizerOptions) {
    this.#gcDepth = gcDepth;
    this.#memberCount = members;
  }

  /** Blocks at or below this round are never output by later anchors. A function of the last anchor alone. */
  get horizon(): Round {
    return Math.max(0, this.#lastAnchorRound - this.#gcDepth);
  }

  /** Orders the next committed anchor. Anchors are given in slot order. */
  next(anchor: B): SubDag<B> {
    invariant(anchor.round >= this.#lastAnchorRound, () => `anchor ${printRef(anchor)} comes after a later one`);
    invariant(!this.isOutput(anchor), () => `anchor ${printRef(anchor)} is already output`);
    const covered = new Set<B>();
    const blocks = this.#mark(anchor, covered);
    blocks.sort(orderUnder(anchor.round, this.#memberCount));
    this.#lastAnchorRound = anchor.round;
    this.#covering = this.#covering.filter((earlier) => earlier.round > this.horizon && !covered.has(earlier));
    this.#covering.push(anchor);
    return { blocks, horizon: this.horizon };
  }

  /** Whether a block of a round that is not forgotten is output. */
  isOutput(block: B): boolean {
    return this.#output.get(block.round)?.has(block) ?? false;
  }

  /**
   * The anchors whose histories together are everything that is output above the horizon, in slot order; none is in
   * another's history.
   */
  covering(): readonly B[] {
    return this.#covering;
  }

  /** Goes on after the commit whose anchor was of this round: all that the covering anchors reach is output. */
  restore(point: { readonly horizon: Round; readonly lastAnchorRound: Round; readonly covering: readonly B[] }): void {
    this.#output.clear();
    this.#lastAnchorRound = point.lastAnchorRound;
    invariant(point.horizon === this.horizon, "the horizon is not the one that the last anchor sets");
    this.#covering = [...point.covering];
    for (const anchor of point.covering) if (!this.isOutput(anchor)) this.#mark(anchor, new Set());
  }

  /** Drops the marks of all rounds below, which must not be above the horizon. */
  forget(belowRound: Round): void {
    invariant(belowRound <= this.horizon + 1, "marks above the horizon keep blocks from being output twice");
    for (const round of this.#output.keys()) if (round < belowRound) this.#output.delete(round);
  }

  /**
   * Marks everything new that the anchor reaches above the horizon. Output blocks where the walk stopped go to `met`: an
   * earlier covering anchor is reached if and only if it is among them, because nothing else that is output reaches it.
   */
  #mark(anchor: B, met: Set<B>): B[] {
    const { horizon } = this;
    const marked: B[] = [];
    const visit = (block: B): void => {
      if (block.round <= horizon) return;
      let round = this.#output.get(block.round);
      if (round === undefined) this.#output.set(block.round, (round = new Set()));
      if (round.has(block)) {
        met.add(block);
        return;
      }
      round.add(block);
      marked.push(block);
    };
    visit(anchor);
    // The list grows while it is walked: it is the queue of what is still to be looked behind.
    for (let position = 0; position < marked.length; position++)
      for (const parent of marked[position]!.parents) visit(parent);
    return marked;
  }
}

/** Round by round; within a round the first place goes around with the anchor's round, so that no author is always first. */
function orderUnder(anchorRound: Round, memberCount: number): (left: BlockRef, right: BlockRef) => number {
  const place = (block: BlockRef): number => (block.author + anchorRound) % memberCount;
  return (left, right) =>
    left.round - right.round || place(left) - place(right) || compareDigests(left.digest, right.digest);
}
