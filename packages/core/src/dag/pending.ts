// Blocks whose parents are missing. A child is never lost for want of a parent, and never in anybody else's way; what
// a peer can make us keep here is bounded.
import { type AuthorIndex, type BlockRef, type Round, refKey, type Slot } from "../ids.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { Block } from "./block.ts";

export interface PendingBlock {
  readonly block: Block;
  /** Who sent it first: the first to be asked for its parents. */
  readonly from: AuthorIndex;
  readonly missing: Set<string>;
}

/** A block that others wait for, by name. */
export interface WantedBlock {
  readonly key: string;
  readonly ref: BlockRef;
  /** Who sent a block that waits for it: the first to be asked. */
  readonly from: AuthorIndex;
}

/** What an author's pending blocks take up. */
interface Load {
  readonly byRound: Map<Round, Block[]>;
  blocks: number;
  bytes: number;
}

export interface PendingBounds {
  /** Blocks kept at the same time by author: a liar fills its own share only. */
  readonly blocksPerAuthorMax: number;
  readonly bytesPerAuthorMax: number;
}

const NONE: readonly Block[] = [];

export class Pending {
  readonly #bounds: PendingBounds;
  readonly #blocks = new Map<string, PendingBlock>();
  /** Missing ref → keys of the blocks that wait for it. */
  readonly #waiting = new Map<string, { readonly ref: BlockRef; readonly children: Set<string> }>();
  /** What is waited for and not itself pending: a few, where a member that is behind may have thousands that wait. */
  readonly #wanted = new Set<string>();
  readonly #load = new Map<AuthorIndex, Load>();
  /** Rises whenever something is pending or waited for that was not, or is no longer. */
  changes: number = 0;

  constructor(bounds: PendingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#blocks.size;
  }

  has(ref: BlockRef): boolean {
    return this.#blocks.size > 0 && this.#blocks.has(refKey(ref));
  }

  /** The pending blocks of an author and round: more than one if it lies. */
  at({ author, round }: Slot): readonly Block[] {
    return this.#load.get(author)?.byRound.get(round) ?? NONE;
  }

  /** Whether some pending block waits for this one. */
  isAwaited(ref: BlockRef): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(refKey(ref));
  }

  /** Everything that waits for this one, by itself or through what waits in between. */
  waitersOf(ref: BlockRef): PendingBlock[] {
    const found = new Set<string>(this.#waiting.get(refKey(ref))?.children);
    // The set grows while it is walked: it is the queue of what is still to be looked behind.
    for (const key of found) for (const child of this.#waiting.get(key)?.children ?? []) found.add(child);
    return [...found].flatMap((key) => this.#blocks.get(key) ?? []);
  }

  /**
   * How far an author's chain, accepted up to a round, goes on in pending blocks. A hole of so many rounds at most is no end
   * to it: what is in there is fetched by name.
   */
  reach(author: AuthorIndex, accepted: Round, holeMax: number): Round {
    const load = this.#load.get(author);
    if (load === undefined) return accepted;
    let reach = accepted;
    for (const round of [...load.byRound.keys()].sort((left, right) => left - right)) {
      if (round <= reach) continue;
      if (round > reach + 1 + holeMax) break;
      reach = round;
    }
    return reach;
  }

  /** Keeps a block until its parents are here. */
  add(block: Block, from: AuthorIndex, missing: readonly BlockRef[]): Rejection | undefined {
    const load = this.#load.get(block.author) ?? { byRound: new Map(), blocks: 0, bytes: 0 };
    if (
      load.blocks >= this.#bounds.blocksPerAuthorMax ||
      load.bytes + block.bytes.length > this.#bounds.bytesPerAuthorMax
    ) {
      return reject("pending-full", { author: block.author, blocks: load.blocks, bytes: load.bytes });
    }
    this.changes += 1;
    load.blocks += 1;
    load.bytes += block.bytes.length;
    const there = load.byRound.get(block.round);
    if (there === undefined) load.byRound.set(block.round, [block]);
    else there.push(block);
    this.#load.set(block.author, load);
    const key = refKey(block.ref);
    const pending: PendingBlock = { block, from, missing: new Set() };
    this.#blocks.set(key, pending);
    this.#wanted.delete(key);
    for (const ref of missing) {
      const parent = refKey(ref);
      pending.missing.add(parent);
      let waiting = this.#waiting.get(parent);
      if (waiting === undefined) {
        this.#waiting.set(parent, (waiting = { ref, children: new Set() }));
        if (!this.#blocks.has(parent)) this.#wanted.add(parent);
      }
      waiting.children.add(key);
    }
    return undefined;
  }

  /** A parent is here (or below the horizon): the blocks that waited for nothing else, ready to be accepted. */
  satisfy(ref: BlockRef): PendingBlock[] {
    const waiting = this.#waiting.get(refKey(ref));
    return waiting === undefined ? [] : this.#release(refKey(ref), waiting.children);
  }

  /** Everything at or below a round counts as present now. */
  satisfyBelow(horizon: Round): PendingBlock[] {
    const ready: PendingBlock[] = [];
    for (const [parent, { ref, children }] of [...this.#waiting]) {
      if (ref.round <= horizon) ready.push(...this.#release(parent, children));
    }
    return ready;
  }

  /** Forgets the pending blocks at or below a round: they can no longer be ordered. */
  dropBelow(horizon: Round): void {
    for (const pending of [...this.#blocks.values()]) if (pending.block.round <= horizon) this.drop(pending);
  }

  /** Drops what is of no use and nobody waits for, and then what only that has waited for. */
  dropUseless(isUseless: (block: Block) => boolean): void {
    if (this.#blocks.size === 0) return;
    // A block is older than whatever waits for it.
    const newestFirst = [...this.#blocks.values()].sort((left, right) => right.block.round - left.block.round);
    for (const pending of newestFirst) {
      const { block } = pending;
      if (!this.isAwaited(block.ref) && isUseless(block)) this.drop(pending);
    }
  }

  drop(pending: PendingBlock): void {
    const key = refKey(pending.block.ref);
    if (!this.#blocks.has(key)) return;
    this.changes += 1;
    this.#remove(key, pending.block);
    for (const parent of pending.missing) {
      const waiting = this.#waiting.get(parent);
      waiting?.children.delete(key);
      if (waiting?.children.size === 0) this.#waitNoLonger(parent);
    }
  }

  /** The keys of the refs that are waited for and not themselves pending. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** What one of the wanted keys stands for. */
  wantedBlock(key: string): WantedBlock {
    const { ref, children } = this.#waiting.get(key)!;
    const [first] = children;
    return { key, ref, from: this.#blocks.get(first!)!.from };
  }

  #release(parent: string, children: ReadonlySet<string>): PendingBlock[] {
    this.#waitNoLonger(parent);
    this.changes += 1;
    const ready: PendingBlock[] = [];
    for (const key of children) {
      const pending = this.#blocks.get(key);
      if (pending === undefined) continue;
      pending.missing.delete(parent);
      if (pending.missing.size > 0) continue;
      this.#remove(key, pending.block);
      ready.push(pending);
    }
    return ready;
  }

  #waitNoLonger(parent: string): void {
    this.#waiting.delete(parent);
    this.#wanted.delete(parent);
  }

  /** A block is pending no longer: whoever waits for it wants it, unless it is accepted. */
  #remove(key: string, block: Block): void {
    this.#blocks.delete(key);
    if (this.#waiting.has(key)) this.#wanted.add(key);
    const load = this.#load.get(block.author);
    if (load === undefined) return;
    const left = load.byRound.get(block.round)?.filter((other) => other !== block) ?? [];
    if (left.length > 0) load.byRound.set(block.round, left);
    else load.byRound.delete(block.round);
    load.blocks -= 1;
    load.bytes -= block.bytes.length;
    if (load.blocks === 0) this.#load.delete(block.author);
  }
}
