// What a member that came back cannot judge. Its log begins at a base, after a snapshot or a restart, and twins that lie
// below it are not here: a liar can hand it an old chain from just above the base that everybody else refused long ago
// (V8). The chain is accepted, or this member could never follow the others; but whoever has such a block in its history
// is not referenced: the others would refuse our own block with it, and every later one.
//
// A doubt ends when chains of more than f stake have the block in their history: one of those members is honest, and the
// first honest one could judge it. And it ends below the horizon, where nobody looks any more.
import { type Bits, forEachBit, hasBit, makeBits, setBit } from "../bits.ts";
import type { ReplicaContext } from "../context.ts";
import type { AuthorIndex, Round } from "../ids.ts";
import { exposureDepth } from "../limits.ts";
import type { AcceptedBlock } from "./accepted-block.ts";

export class Doubts {
  readonly #context: Pick<ReplicaContext, "committee" | "dag" | "limits">;
  /** Blocks with a doubt in their history, themselves included, and the authors whose chains have them in theirs. */
  readonly #holders = new Map<AcceptedBlock, Bits>();
  /** The blocks in doubt, and the stake of those authors. */
  readonly #open = new Map<AcceptedBlock, number>();
  /** How many blocks in doubt each author's chain has in its history. */
  readonly #counts: number[];

  constructor(context: Pick<ReplicaContext, "committee" | "dag" | "limits">) {
    this.#context = context;
    this.#counts = context.committee.members.map(() => 0);
  }

  /** Whether that author's chain has a block in doubt in its history. */
  concern(author: AuthorIndex): boolean {
    return (this.#counts[author] ?? 0) > 0;
  }

  /** Takes every accepted block, parents first. */
  accepted(block: AcceptedBlock): void {
    const isInDoubt = block.round <= this.#doubtfulUpTo();
    if (!isInDoubt && !block.parents.some((parent) => this.#holders.has(parent))) return;
    if (isInDoubt) this.#open.set(block, 0);
    this.#holders.set(block, makeBits(this.#counts.length));
    const { author } = block;
    const stack = [block];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const holders = this.#holders.get(next);
      if (holders === undefined || hasBit(holders, author)) continue;
      setBit(holders, author);
      this.#hold(next, author);
      stack.push(...next.parents);
    }
    this.#tidy();
  }

  horizonRose(): void {
    if (this.#open.size === 0) return;
    const { horizon } = this.#context.dag;
    for (const block of this.#open.keys()) if (block.round <= horizon) this.#close(block);
    for (const block of this.#holders.keys()) if (block.round <= horizon) this.#holders.delete(block);
    this.#tidy();
  }

  /**
   * V8 looks a depth below a block. Twice that, because the others go on refusing such a chain until their horizon is a
   * depth above its twins, and theirs may be a little behind ours.
   */
  #doubtfulUpTo(): Round {
    const { committee, dag, limits } = this.#context;
    return committee.fault.byzantine === 0 || dag.base === 0 ? 0 : dag.base + 2 * exposureDepth(limits);
  }

  /** A chain of that author has the block in its history. */
  #hold(block: AcceptedBlock, author: AuthorIndex): void {
    const before = this.#open.get(block);
    if (before === undefined) return;
    const { fault, stakes } = this.#context.committee;
    const stake = before + (stakes[author] ?? 0);
    this.#counts[author]! += 1;
    this.#open.set(block, stake);
    if (stake > fault.byzantine) this.#close(block);
  }

  #close(block: AcceptedBlock): void {
    this.#open.delete(block);
    forEachBit(this.#holders.get(block)!, (author) => {
      this.#counts[author]! -= 1;
    });
  }

  /** Without a doubt nothing has to be remembered. */
  #tidy(): void {
    if (this.#open.size === 0) this.#holders.clear();
  }
}
