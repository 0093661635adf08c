// What a member that came back cannot judge. Its log begins at a base, after a snapshot or a restart, and twins that lie
// below it are not here: a liar can hand it an old chain from just above the base that everybody else refused long ago
// (V8). The chain is accepted, or this member could never follow the others; but whoever has such a block in its history
// is not referenced: the others would refuse our own block with it, and every later one.
//
// A doubt ends when chains of more than f stake have the block in their history: one of those members is honest, and the
// first honest one could judge it. And it ends far below the horizon, where nobody looks any more. Not at the horizon: the
// votes of a liar that it shows to nobody else bring ours ahead of the others', who would still refuse.
import { type Bits, forEachBit, hasBit, makeBits, setBit } from "../bits.ts";
import type { ReplicaContext } from "../context.ts";
import { type AuthorIndex, type Round, refKey } from "../ids.ts";
import { exposureDepth } from "../limits.ts";
import type { AcceptedBlock } from "./accepted-block.ts";

interface Holder {
  readonly round: Round;
  /** Those of its parents that are holders, by name: the DAG does not link to what is below the horizon. */
  readonly parents: readonly string[];
  /** Whose chains have it in their history. */
  readonly authors: Bits;
}

export class Doubts {
  readonly #context: Pick<ReplicaContext, "committee" | "dag" | "limits" | "mutations">;
  /** Blocks with a doubt in their history, themselves included. */
  readonly #holders = new Map<string, Holder>();
  /** The blocks in doubt, and the stake of those whose chains have them in their history. */
  readonly #open = new Map<string, number>();
  /** How many blocks in doubt each author's chain has in its history. */
  readonly #counts: number[];

  constructor(context: Pick<ReplicaContext, "committee" | "dag" | "limits" | "mutations">) {
    this.#context = context;
    this.#counts = context.committee.members.map(() => 0);
  }

  /** Whether that author's chain has a block in doubt in its history. */
  concern(author: AuthorIndex): boolean {
    return (this.#counts[author] ?? 0) > 0;
  }

  /** Takes every accepted block, parents first. */
  accepted({ author, block, round }: AcceptedBlock): void {
    const isInDoubt = round <= this.#doubtfulUpTo();
    const parents = this.#holders.size === 0 ? [] : block.parents.map(refKey).filter((key) => this.#holders.has(key));
    if (!isInDoubt && parents.length === 0) return;
    const key = refKey(block.ref);
    if (isInDoubt) this.#open.set(key, 0);
    this.#holders.set(key, { round, parents, authors: makeBits(this.#counts.length) });
    const stack = [key];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const holder = this.#holders.get(next);
      if (holder === undefined || hasBit(holder.authors, author)) continue;
      setBit(holder.authors, author);
      this.#hold(next, author);
      stack.push(...holder.parents);
    }
    this.#tidy();
  }

  horizonRose(): void {
    if (this.#open.size === 0) return;
    const passed = this.#passed();
    for (const [key, { round }] of this.#holders) {
      if (round > passed) continue;
      if (this.#open.has(key)) this.#close(key);
      this.#holders.delete(key);
    }
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

  /** Where everybody's horizon is taken to be by now: nobody who goes on is further behind than that. */
  #passed(): Round {
    const { dag, limits, mutations } = this.#context;
    return mutations.hasty === true ? dag.horizon : dag.horizon - limits.gcDepth;
  }

  /** A chain of that author has the block in its history. */
  #hold(key: string, author: AuthorIndex): void {
    const before = this.#open.get(key);
    if (before === undefined) return;
    const { fault, stakes } = this.#context.committee;
    const stake = before + (stakes[author] ?? 0);
    this.#counts[author]! += 1;
    this.#open.set(key, stake);
    if (stake > fault.byzantine) this.#close(key);
  }

  #close(key: string): void {
    this.#open.delete(key);
    forEachBit(this.#holders.get(key)!.authors, (author) => {
      this.#counts[author]! -= 1;
    });
  }

  /** Without a doubt nothing has to be remembered. */
  #tidy(): void {
    if (this.#open.size === 0) this.#holders.clear();
  }
}
