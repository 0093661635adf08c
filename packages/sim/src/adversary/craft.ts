// Makes blocks as no honest core would: parents of one's own choice, any stamp, any payload. Left alone it makes a block
// that honest members accept, because a lie that is refused at the door does no harm.
import {
  type AuthorIndex,
  type Block,
  type BlockContent,
  type BlockContext,
  type BlockRef,
  canonicalParents,
  encodeBlock,
  exposureDepth,
  GENESIS_DIGEST,
  type Round,
} from "@quorate/core";
import type { Rng } from "../rng.ts";
import type { SeenBlock, SeenBlocks } from "./seen-blocks.ts";

export interface CraftOptions {
  readonly author: AuthorIndex;
  readonly round: Round;
  /** The own block to go on from; left out, genesis. */
  readonly own: Block | undefined;
  /** Which of several blocks of one author to take for a parent; left out, the first. */
  readonly choose?: (twins: readonly Block[]) => Block | undefined;
  /** Exactly these parents beside the own one. */
  readonly parents?: readonly BlockRef[];
  readonly content?: Partial<Pick<BlockContent, "timestamp" | "payload" | "commitVote" | "recovered">>;
}

/** The block, or undefined if no parents can be found that honest members would accept. */
export function craft(options: CraftOptions, seen: SeenBlocks, context: BlockContext, rng: Rng): Block | undefined {
  const { author, round, own, content = {} } = options;
  const { committee } = context;
  const ownRef = own?.ref ?? { round: 0, author, digest: GENESIS_DIGEST };
  if (ownRef.round >= round) return undefined;
  const others = options.parents ?? chooseParents(options, seen, context, rng);
  const parents = canonicalParents([ownRef, ...others], author);
  let stake = 0;
  for (const ref of parents) if (ref.round === round - 1) stake += committee.stakes[ref.author] ?? 0;
  if (stake < committee.thresholds.parents) return undefined;
  return encodeBlock(
    {
      epoch: committee.epoch,
      author,
      round,
      parents,
      timestamp: content.timestamp ?? own?.timestamp ?? 0,
      recovered: content.recovered ?? false,
      commitVote: content.commitVote,
      evidence: [],
      payload: content.payload ?? [],
    },
    context,
  );
}

/** One block of the round before from as many members as go together: none may be exposed by what the others reach. */
function chooseParents(
  { author, round, own, choose }: CraftOptions,
  seen: SeenBlocks,
  context: BlockContext,
  rng: Rng,
): readonly BlockRef[] {
  const { members } = context.committee;
  const others = members.map((_, index) => index).filter((index) => index !== author);
  if (round === 1) return others.map((index) => ({ round: 0, author: index, digest: GENESIS_DIGEST }));
  const shown = new ShownHistory(round - exposureDepth(context.limits));
  const chosen: BlockRef[] = [];
  if (seen.anyTwins) shown.include(author, own === undefined ? undefined : seen.seen(own.ref));
  for (const index of seen.anyTwins ? rng.shuffle(others) : others) {
    const candidates = seen.by(index, round - 1);
    const block = candidates.length > 1 ? (choose?.(candidates) ?? candidates[0]) : candidates[0];
    if (block === undefined) continue;
    if (seen.anyTwins && !shown.include(index, seen.seen(block.ref))) continue;
    chosen.push(block.ref);
  }
  return chosen;
}

/** What a block's parents reach down to a round, and who is caught there with two blocks of one round. */
class ShownHistory {
  readonly #floor: Round;
  readonly #reached = new Set<SeenBlock>();
  readonly #places = new Map<string, SeenBlock>();
  readonly #caught = new Set<AuthorIndex>();
  readonly #named = new Set<AuthorIndex>();

  constructor(floor: Round) {
    this.#floor = floor;
  }

  /** Takes a parent by this author, unless that or an earlier parent's author would be caught by what they show. */
  include(author: AuthorIndex, parent: SeenBlock | undefined): boolean {
    const fresh: SeenBlock[] = [];
    const caught: AuthorIndex[] = [];
    const stack = parent === undefined ? [] : [parent];
    for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
      if (block.ref.round < this.#floor || this.#reached.has(block)) continue;
      this.#reached.add(block);
      fresh.push(block);
      const place = placeOf(block);
      if (!this.#places.has(place)) this.#places.set(place, block);
      else if (!this.#caught.has(block.ref.author)) {
        this.#caught.add(block.ref.author);
        caught.push(block.ref.author);
      }
      for (const next of block.parents) stack.push(next);
    }
    if (!this.#caught.has(author) && !caught.some((index) => this.#named.has(index))) {
      this.#named.add(author);
      return true;
    }
    for (const block of fresh) {
      this.#reached.delete(block);
      if (this.#places.get(placeOf(block)) === block) this.#places.delete(placeOf(block));
    }
    for (const index of caught) this.#caught.delete(index);
    return false;
  }
}

const placeOf = ({ ref }: SeenBlock): string => `${ref.round}:${ref.author}`;
