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
import type { SeenBlocks } from "./seen-blocks.ts";

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
  const floor = round - exposureDepth(context.limits);
  const reached = new Map<string, string>();
  const chosen: BlockRef[] = [];
  const names = new Set<AuthorIndex>([author]);
  if (seen.anyTwins) merge(reached, seen.reach(own, floor));
  for (const index of seen.anyTwins ? rng.shuffle(others) : others) {
    const candidates = seen.by(index, round - 1);
    const block = candidates.length > 1 ? (choose?.(candidates) ?? candidates[0]) : candidates[0];
    if (block === undefined) continue;
    if (seen.anyTwins) {
      const more = seen.reach(block, floor);
      names.add(index);
      if (conflicts(reached, more, names)) {
        names.delete(index);
        continue;
      }
      merge(reached, more);
    }
    chosen.push(block.ref);
  }
  return chosen;
}

/** Whether the two together show two blocks of one author and round, for an author that is named as a parent. */
function conflicts(
  reached: ReadonlyMap<string, string>,
  more: ReadonlyMap<string, BlockRef>,
  names: ReadonlySet<AuthorIndex>,
): boolean {
  const own = new Map<string, string>();
  for (const { round, author, digest } of more.values()) {
    if (!names.has(author)) continue;
    const place = `${round}:${author}`;
    const before = reached.get(place) ?? own.get(place);
    if (before !== undefined && before !== digest) return true;
    own.set(place, digest);
  }
  return false;
}

function merge(reached: Map<string, string>, more: ReadonlyMap<string, BlockRef>): void {
  for (const { round, author, digest } of more.values()) {
    const place = `${round}:${author}`;
    if (!reached.has(place)) reached.set(place, digest);
  }
}
