// What an adversary has seen of the DAG. It keeps whatever decodes, with or without parents: a liar has no use for rules
// that protect the honest.
import { type AuthorIndex, type Block, type BlockRef, type Round, refKey } from "@quorate/core";

/** Rounds below the newest that are remembered. */
const REMEMBERED_ROUNDS = 300;

/** A block of which at least the name was seen. */
export interface SeenBlock {
  readonly ref: BlockRef;
  block: Block | undefined;
  /** Empty as long as only the name is known, and again when the round is forgotten. */
  parents: readonly SeenBlock[];
  /** Whether its history holds two blocks of its author in one round; undefined until somebody asked. */
  forked?: boolean;
}

interface SeenRound {
  /** In the order in which they came. */
  readonly blocks: Block[];
  /** Everything in the round, by key. */
  readonly named: Map<string, SeenBlock>;
}

export class SeenBlocks {
  readonly #rounds = new Map<Round, SeenRound>();
  #highest: Round = 0;
  #forgotten: Round = 0;
  /** Authors that were seen with two blocks in a round. */
  readonly #liars = new Set<AuthorIndex>();

  get highest(): Round {
    return this.#highest;
  }

  /** Takes a block; answers whether it is new. */
  add(block: Block): boolean {
    if (block.round <= this.#forgotten) return false;
    const seen = this.#named(block.ref);
    if (seen.block !== undefined) return false;
    seen.block = block;
    seen.parents = block.parents.filter(({ round }) => round > this.#forgotten).map((parent) => this.#named(parent));
    const { blocks } = this.#round(block.round);
    if (blocks.some(({ author }) => author === block.author)) this.#liars.add(block.author);
    blocks.push(block);
    if (block.round > this.#highest) this.#highest = block.round;
    while (this.#forgotten < this.#highest - REMEMBERED_ROUNDS) {
      this.#forgotten += 1;
      for (const old of this.#rounds.get(this.#forgotten)?.named.values() ?? []) old.parents = [];
      this.#rounds.delete(this.#forgotten);
    }
    return true;
  }

  get(ref: BlockRef): Block | undefined {
    return this.seen(ref)?.block;
  }

  seen(ref: BlockRef): SeenBlock | undefined {
    return this.#rounds.get(ref.round)?.named.get(refKey(ref));
  }

  /** Whether what a block reaches down to a round holds two blocks of its author in one round (V8). */
  isForked(ref: BlockRef, floor: Round): boolean {
    const block = this.#liars.has(ref.author) ? this.seen(ref) : undefined;
    if (block === undefined) return false;
    block.forked ??= holdsTwins(block, floor);
    return block.forked;
  }

  at(round: Round): readonly Block[] {
    return this.#rounds.get(round)?.blocks ?? [];
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
    for (const [round, { blocks }] of this.#rounds) {
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

  #round(round: Round): SeenRound {
    let found = this.#rounds.get(round);
    if (found === undefined) this.#rounds.set(round, (found = { blocks: [], named: new Map() }));
    return found;
  }

  #named(ref: BlockRef): SeenBlock {
    const { named } = this.#round(ref.round);
    const key = refKey(ref);
    let found = named.get(key);
    if (found === undefined) named.set(key, (found = { ref, block: undefined, parents: [] }));
    return found;
  }
}

function holdsTwins(from: SeenBlock, floor: Round): boolean {
  const reached = new Set([from]);
  const rounds = new Set<Round>();
  for (const { parents, ref } of reached) {
    if (ref.author === from.ref.author) {
      if (rounds.has(ref.round)) return true;
      rounds.add(ref.round);
    }
    for (const parent of parents) if (parent.ref.round >= floor) reached.add(parent);
  }
  return false;
}
