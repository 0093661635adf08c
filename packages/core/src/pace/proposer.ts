// Makes own blocks: which parents, which timestamp, which commands.
//
// The law it keeps: rounds of own blocks only go up, and every own block begins with the one before it. A block is
// staged when made; it counts for others, and for this replica's own decisions, only once it is durable (outbox.ts).
import type { BlockContext } from "../codec/block.ts";
import { canonicalParents, encodeBlock } from "../codec/block.ts";
import type { ReplicaContext } from "../context.ts";
import { type AcceptedBlock, traverse } from "../dag/accepted-block.ts";
import type { CommitVote, EquivocationProof } from "../dag/block.ts";
import { genesisRef } from "../dag/dag.ts";
import type { BlockRef, Millis, Round } from "../ids.ts";
import type { SubmittedCommand } from "../input.ts";
import { invariant } from "../invariant.ts";
import type { Footing } from "./footing.ts";

/** A clock is believed to be wrong when it is this far ahead of what the others stamped. */
const CLOCK_AHEAD_MS = 400;

export interface ProposerSources {
  commitVote(round: Round): CommitVote | undefined;
  takeEvidence(): readonly EquivocationProof[];
  /** What the wall clocks of half of the stake, of others alone, show at most; undefined if that is not known. */
  wallOfHalf(): Millis | undefined;
}

export class Proposer {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  readonly #footing: Footing;
  readonly #sources: ProposerSources;
  #last: AcceptedBlock | undefined;
  #timestamp: Millis = 0;

  constructor(context: ReplicaContext, blockContext: BlockContext, footing: Footing, sources: ProposerSources) {
    this.#context = context;
    this.#blockContext = blockContext;
    this.#footing = footing;
    this.#sources = sources;
  }

  /** The newest own block, durable or not. */
  get last(): AcceptedBlock | undefined {
    return this.#last;
  }

  get lastRound(): Round {
    return this.#last?.round ?? 0;
  }

  /** An own block from before this start: read from the log, or learnt back from peers after amnesia. */
  adopt(block: AcceptedBlock): void {
    if (block.round <= this.lastRound) return;
    this.#last = block;
    this.#timestamp = Math.max(this.#timestamp, block.block.timestamp);
    traverse([block], (reached) => !reached.mine && (reached.mine = true));
  }

  /** The stamp of the newest own block. */
  get timestamp(): Millis {
    return this.#timestamp;
  }

  /** Makes the block of a round; returns it staged. */
  propose(round: Round, commands: readonly SubmittedCommand[], recovered: boolean): AcceptedBlock {
    const { committee, dag, outbox, self } = this.#context;
    invariant(round > this.lastRound, "own rounds must go up");
    this.#timestamp = Math.max(this.#timestamp, this.#stamp());
    const parents = this.#chooseParents(round);
    const block = encodeBlock(
      {
        epoch: committee.epoch,
        author: self,
        round,
        parents,
        timestamp: this.#timestamp,
        recovered,
        commitVote: this.#sources.commitVote(round),
        evidence: this.#sources.takeEvidence(),
        payload: commands.map(({ bytes }) => bytes),
      },
      this.#blockContext,
    );
    const sequence = outbox.persist("block", round, block.bytes);
    const accepted = dag.accept(block, sequence);
    accepted.mine = true;
    this.#last = accepted;
    return accepted;
  }

  #chooseParents(round: Round): readonly BlockRef[] {
    const { committee, dag, limits, self } = this.#context;
    const chosen = this.#footing.votes(round).filter(({ author }) => author !== self);
    if (this.#last !== undefined) chosen.unshift(this.#last);
    const refs: BlockRef[] = [this.#last?.block.ref ?? genesisRef(self)];
    const late: AcceptedBlock[] = [];
    for (const author of committee.members.keys()) {
      if (author === self || this.#footing.isAvoided(author)) continue;
      if (round === 1) refs.push(genesisRef(author));
      else if (dag.by(author, round - 1) === undefined) {
        const latest = dag.latestBefore(author, round);
        if (latest !== undefined && latest.round >= round - limits.weakDepth && latest.round > dag.horizon)
          late.push(latest);
      }
    }
    this.#markMine(chosen);
    for (const block of late) {
      // A late block is named only if nothing else of ours has it in its history already.
      if (block.mine) continue;
      chosen.push(block);
      this.#markMine([block]);
    }
    for (const block of chosen) if (block !== this.#last) refs.push(block.block.ref);
    return canonicalParents(refs, self);
  }

  #markMine(blocks: readonly AcceptedBlock[]): void {
    traverse(blocks, (block) => !block.mine && (block.mine = true));
  }

  /**
   * The wall clock, but not far ahead of what the others' clocks can show by now: a stamp from the future would be held
   * back by everybody, and this member with it. Never behind a right clock: a deadline that starts here must not come early.
   */
  #stamp(): Millis {
    const wall = Math.max(0, Math.floor(this.#context.clock.wall));
    const half = this.#sources.wallOfHalf();
    return half === undefined ? wall : Math.min(wall, Math.floor(half) + CLOCK_AHEAD_MS);
  }
}
