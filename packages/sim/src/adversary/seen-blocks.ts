// What an adversary has seen of the DAG. It keeps whatever decodes, with or without parents: a liar has no use for rules
// that protect the honest.
import { type AuthorIndex, type Block, type BlockRef, type Round, refKey } from "@quorate/core";

/** Rounds below the newest that are remembered. */
const REMEMBERED_ROUNDS = 300;

export class SeenBlocks {
  readonly #byKey = new Map<string, Block>();
  readonly #rounds = new Map<Round, Block[]>();
  #highest: Round = 0;
  #forgotten: Round = 0;
  /** Whether any author was seen with two blocks in a round. */
  anyTwins = false;

  get highest(): Round {
    return this.#highest;
  }

  /** Takes a block; answers whether it is new. */
  add(block: Block): boolean {
    const key = refKey(block.ref);
    if (block.round <= this.#forgotten || this.#byKey.has(key)) return false;
    this.#byKey.set(key, block);
    const round = this.#rounds.get(block.round);
    if (round === undefined) this.#rounds.set(block.round, [block]);
    else {
      this.anyTwins ||= round.some(({ author }) => author === block.author);
      round.push(block);
    }
    if (block.round > this.#highest) this.#highest = block.round;
    while (this.#forgotten < this.#highest - REMEMBERED_ROUNDS) {
      this.#forgotten += 1;
      for (const old of this.at(this.#forgotten)) this.#byKey.delete(refKey(old.ref));
      this.#rounds.delete(this.#forgotten);
    }
    return true;
  }

  get(ref: BlockRef): Block | undefined {
    return this.#byKey.get(refKey(ref));
  }

  at(round: Round): readonly Block[] {
    return this.#rounds.get(round) ?? [];
  }

  by(author: AuthorIndex, round: Round): readonly Block[] {
    return this.at(round).filter((block) => block.author === author);
  }

  /** Authors with a block in a round. */
  authorsAt(round: Round): ReadonlySet<AuthorIndex> {
    return new Set(this.at(round).map(({ author }) => author));
  }

  /** Highest round seen, by author. */
  headRounds(members: number): Round[] {
    const heads = Array.from({ length: members }, () => 0);
    for (const [round, blocks] of this.#rounds) {
      for (const { author } of blocks) if (round > (heads[author] ?? 0)) heads[author] = round;
    }
    return heads;
  }

  /** Blocks above these rounds, oldest first, at most so many. */
  above(rounds: readonly Round[], most: number): Block[] {
    const found: Block[] = [];
    for (let round = Math.max(this.#forgotten, Math.min(...rounds)) + 1; round <= this.#highest; round++) {
      for (const block of this.at(round)) {
        if (found.length >= most) return found;
        if (block.round > (rounds[block.author] ?? 0)) found.push(block);
      }
    }
    return found;
  }

  /** What a block reaches down to a round (itself included): which digest of each author and round. */
  reach(from: Block | undefined, floor: Round): ReadonlyMap<string, BlockRef> {
    const reached = new Map<string, BlockRef>();
    const stack: BlockRef[] = from === undefined ? [] : [from.ref];
    for (let ref = stack.pop(); ref !== undefined; ref = stack.pop()) {
      const key = refKey(ref);
      if (ref.round < floor || reached.has(key)) continue;
      reached.set(key, ref);
      for (const parent of this.get(ref)?.parents ?? []) stack.push(parent);
    }
    return reached;
  }
}
