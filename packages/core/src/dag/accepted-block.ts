// A block that this replica has accepted: its whole history above the horizon is accepted too.
import type { AuthorIndex, Digest, Round } from "../ids.ts";
import type { Block } from "./block.ts";
import type { DagBlock } from "./dag-block.ts";

export class AcceptedBlock implements DagBlock {
  readonly block: Block;
  readonly round: Round;
  readonly author: AuthorIndex;
  readonly digest: Digest;
  /** Parents above the horizon that held when the block was accepted; emptied when the block is forgotten. */
  parents: readonly AcceptedBlock[];
  /** Sequence of its record in the log. */
  readonly sequence: number;
  /** In the history of this replica's own newest block. */
  mine = false;
  /** The newest round of which its history holds two blocks of its author, as far as V8 looks; 0 if there is none. */
  forkedAt: Round = 0;

  constructor(block: Block, parents: readonly AcceptedBlock[], sequence: number) {
    this.block = block;
    this.round = block.round;
    this.author = block.author;
    this.digest = block.contentDigest;
    this.parents = parents;
    this.sequence = sequence;
  }
}

/** Visits what `from` reaches (itself included) as long as `enter` says so; each block once. Answers what it visited. */
export function traverse(
  from: readonly AcceptedBlock[],
  enter: (block: AcceptedBlock) => boolean,
): ReadonlySet<AcceptedBlock> {
  const seen = new Set<AcceptedBlock>();
  const stack = [...from];
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    if (enter(block)) for (const parent of block.parents) stack.push(parent);
  }
  return seen;
}
