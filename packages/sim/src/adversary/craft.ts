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
  /** Blocks that stand for their authors among the parents, whatever else is there of these. */
  readonly others?: readonly BlockRef[];
  readonly content?: Partial<Pick<BlockContent, "timestamp" | "payload" | "commitVote" | "recovered">>;
}

/** The block, or undefined if no parents can be found that honest members would accept. */
export function craft(options: CraftOptions, seen: SeenBlocks, context: BlockContext): Block | undefined {
  const { author, round, own, content = {} } = options;
  const { committee } = context;
  const ownRef = own?.ref ?? { round: 0, author, digest: GENESIS_DIGEST };
  if (ownRef.round >= round) return undefined;
  const given = options.others ?? [];
  const chosen = (options.parents ?? chooseParents(options, seen, context)).filter(
    (ref) => !given.some((other) => other.author === ref.author),
  );
  const parents = canonicalParents([ownRef, ...chosen, ...given], author);
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

/** One block of the round before of each member, of those that honest members accept as a parent. */
function chooseParents(
  { author, round, choose }: CraftOptions,
  seen: SeenBlocks,
  context: BlockContext,
): readonly BlockRef[] {
  const others = [...context.committee.members.keys()].filter((index) => index !== author);
  if (round === 1) return others.map((index) => ({ round: 0, author: index, digest: GENESIS_DIGEST }));
  const floor = round - exposureDepth(context.limits);
  return others.flatMap((index) => {
    const blocks = seen.by(index, round - 1).filter(({ ref }) => !seen.isForked(ref, floor));
    const block = blocks.length > 1 ? (choose?.(blocks) ?? blocks[0]) : blocks[0];
    return block?.ref ?? [];
  });
}
