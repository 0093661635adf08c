// The accepted blocks, by round. Owns which blocks exist for this replica; knows nothing of votes or decisions.
//
// The law it keeps: a block is in here only when every parent above the horizon is (V6), so whoever walks from a block
// towards its parents never meets a gap. Parents at or below the horizon count as present and are never looked at again.
import type { Committee } from "../committee/committee.ts";
import { type AuthorIndex, type BlockRef, GENESIS_DIGEST, type Round } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { AcceptedBlock } from "./accepted-block.ts";
import type { Block } from "./block.ts";

interface RoundBlocks {
  readonly blocks: AcceptedBlock[];
  /** Stake of the distinct authors. */
  stake: number;
}

const NONE: readonly AcceptedBlock[] = [];

export class Dag {
  readonly #committee: Committee;
  readonly #rounds = new Map<Round, RoundBlocks>();
  readonly #heads: (AcceptedBlock | undefined)[];
  #highestRound: Round = 0;
  #horizon: Round = 0;
  #floor: Round = 0;
  #base: Round = 0;

  constructor(committee: Committee) {
    this.#committee = committee;
    this.#heads = committee.members.map(() => undefined);
  }

  /** The newest round of which a block is accepted. */
  get highestRound(): Round {
    return this.#highestRound;
  }

  /** Blocks at or below this round can no longer be ordered, and count as present wherever they are parents. */
  get horizon(): Round {
    return this.#horizon;
  }

  /** Blocks at or below this round are forgotten. Never above the horizon. */
  get floor(): Round {
    return this.#floor;
  }

  /** Blocks at or below this round were never here: a snapshot, or the log after a restart, begins above. */
  get base(): Round {
    return this.#base;
  }

  /** All blocks of a round, in order of acceptance. */
  at(round: Round): readonly AcceptedBlock[] {
    return this.#rounds.get(round)?.blocks ?? NONE;
  }

  /** The block of that author and round that was accepted first. */
  by(author: AuthorIndex, round: Round): AcceptedBlock | undefined {
    return this.at(round).find((block) => block.author === author);
  }

  get(ref: BlockRef): AcceptedBlock | undefined {
    return this.at(ref.round).find((block) => block.author === ref.author && block.block.ref.digest === ref.digest);
  }

  /** Whether a parent with this name needs no fetching. */
  satisfied(ref: BlockRef): boolean {
    return ref.round <= this.#horizon || this.get(ref) !== undefined;
  }

  /** Stake of the authors with a block in a round. Everybody has one in round 0. */
  stakeAt(round: Round): number {
    return round === 0 ? this.#committee.thresholds.total : (this.#rounds.get(round)?.stake ?? 0);
  }

  /** The newest block of an author; of twins, the one accepted first. */
  head(author: AuthorIndex): AcceptedBlock | undefined {
    return this.#heads[author];
  }

  headRound(author: AuthorIndex): Round {
    return this.#heads[author]?.round ?? 0;
  }

  /** The newest block of an author below a round. */
  latestBefore(author: AuthorIndex, round: Round): AcceptedBlock | undefined {
    let block = this.#heads[author];
    while (block !== undefined && block.round >= round) {
      const own: AcceptedBlock | undefined = block.parents[0];
      block = own?.author === author ? own : undefined;
    }
    return block;
  }

  /** The refs among a block's parents that are missing. */
  missing(block: Block): BlockRef[] {
    return block.parents.filter((ref) => !this.satisfied(ref));
  }

  /** Puts a block in its place. The caller has checked that nothing is missing. */
  accept(block: Block, sequence: number): AcceptedBlock {
    const parents: AcceptedBlock[] = [];
    for (const ref of block.parents) {
      const parent = this.get(ref);
      invariant(parent !== undefined || ref.round <= this.#horizon, "a block was accepted before its parents");
      if (parent !== undefined && parent.round > this.#horizon) parents.push(parent);
    }
    const accepted = new AcceptedBlock(block, parents, sequence);
    let round = this.#rounds.get(block.round);
    if (round === undefined) this.#rounds.set(block.round, (round = { blocks: [], stake: 0 }));
    if (!round.blocks.some((other) => other.author === block.author))
      round.stake += this.#committee.stakes[block.author] ?? 0;
    round.blocks.push(accepted);
    if (block.round > this.headRound(block.author)) this.#heads[block.author] = accepted;
    if (block.round > this.#highestRound) this.#highestRound = block.round;
    return accepted;
  }

  /** Every accepted block above a round, parents first. */
  *above(round: Round): Generator<AcceptedBlock> {
    for (let next = Math.max(round, this.#floor) + 1; next <= this.#highestRound; next++) yield* this.at(next);
  }

  raiseHorizon(horizon: Round): void {
    if (horizon > this.#horizon) this.#horizon = horizon;
  }

  /** Goes on from a point that others reached, or this replica before it stopped: what came before is not here. */
  begin(horizon: Round): void {
    this.raiseHorizon(horizon);
    this.forget(horizon);
    this.#base = horizon;
  }

  /** Drops every block at or below a round. Heads stay: an author's newest block is its name for what came before. */
  forget(round: Round): void {
    invariant(round <= this.#horizon, "a round above the horizon may not be forgotten");
    if (this.#rounds.size > 0) this.#drop(round);
    if (round > this.#floor) this.#floor = round;
  }

  #drop(round: Round): void {
    for (let next = this.#floor + 1; next <= round; next++) {
      // A forgotten block lets go of its parents, so that no chain of them keeps memory alive.
      for (const block of this.at(next)) block.parents = NONE;
      this.#rounds.delete(next);
    }
  }
}

/** The names of round 0, which every replica has. */
export function genesisRef(author: AuthorIndex): BlockRef {
  return { round: 0, author, digest: GENESIS_DIGEST };
}
