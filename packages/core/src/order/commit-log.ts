// From accepted blocks to the log: decides slots, orders the blocks of each committed anchor, chains the commits and keeps
// the points from which they can be derived again.
//
// The same DAG gives the same log on every replica, whatever order its blocks came in; what is local here (which blocks
// have arrived) changes only how far the log has got.
import type { BlockContext } from "../codec/block-context.ts";
import { chainDigestOf } from "../codec/cursor.ts";
import { digestText } from "../codec/digest-text.ts";
import { hashDigests } from "../codec/hashing.ts";
import { Decider } from "../consensus/decider.ts";
import { Linearizer } from "../consensus/linearizer.ts";
import { commitTime } from "../consensus/log-time.ts";
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round, Slot } from "../ids.ts";
import type { CommitPoint, Cursor } from "../message.ts";

/** One committed anchor and the blocks that it adds, in the agreed order. */
export interface Commit {
  readonly index: CommitIndex;
  readonly anchor: AcceptedBlock;
  readonly blocks: readonly AcceptedBlock[];
  readonly time: Millis;
  readonly chainDigest: Digest;
}

const EMPTY_CHAIN: Digest = "00".repeat(32);

export class CommitLog {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  #decider: Decider<AcceptedBlock>;
  #linearizer: Linearizer<AcceptedBlock>;
  #chainDigest: Digest = EMPTY_CHAIN;
  /** The point after the last commit. */
  #point: CommitPoint | undefined;
  /** Anchors decided and not yet ordered. */
  #anchors: AcceptedBlock[] = [];
  /** After a restart or a snapshot: anchors that must be here before anything can be ordered. */
  #missing: readonly BlockRef[] = [];
  #restoring: Cursor | undefined;

  constructor(context: ReplicaContext, blockContext: BlockContext) {
    this.#context = context;
    this.#blockContext = blockContext;
    this.#decider = this.#newDecider(undefined);
    this.#linearizer = this.#newLinearizer();
  }

  get index(): CommitIndex {
    return this.#point?.index ?? 0;
  }

  get chainDigest(): Digest {
    return this.#chainDigest;
  }

  /** Log time: the time of the last commit. */
  get time(): Millis {
    return this.#point?.time ?? 0;
  }

  /** The point after the last commit; undefined before the first. */
  get point(): CommitPoint | undefined {
    return this.#point;
  }

  /** Round of the first slot that is not decided. */
  get undecidedRound(): Round {
    return this.#decider.firstUndecided.round;
  }

  /** Blocks that a cursor speaks of and that are not here yet: nothing is ordered before they are. */
  get missing(): readonly BlockRef[] {
    return this.#missing;
  }

  get restoring(): boolean {
    return this.#restoring !== undefined;
  }

  isOrdered(block: AcceptedBlock): boolean {
    return this.#linearizer.isOutput(block);
  }

  /** Why a slot is as it is, in words. */
  explain(round: Round): string[] {
    const { members, slotsOf } = this.#context.committee;
    // Whoever asks knows members by their names, not by letters.
    const nameOf = ({ author }: { readonly author: AuthorIndex }) => members[author]!.name;
    const names = {
      slot: (slot: Slot) => `${nameOf(slot)}'s slot of round ${slot.round}`,
      block: (block: AcceptedBlock) => `${nameOf(block)}'s block of round ${block.round}`,
    };
    return slotsOf(round).map((author) => this.#decider.explain({ round, author }, names));
  }

  /** A block counts from now on. */
  accept(block: AcceptedBlock): void {
    for (const { verdict } of this.#decider.accept(block))
      if (verdict.kind === "commit") this.#anchors.push(verdict.block);
  }

  /** Orders the next committed anchor, if there is one. Raises the horizon of the DAG. */
  next(): Commit | undefined {
    if (this.#restoring !== undefined && !this.#tryRestore(this.#restoring)) return undefined;
    const anchor = this.#anchors.shift();
    if (anchor === undefined) return undefined;
    const { committee, dag } = this.#context;
    const { blocks, horizon } = this.#linearizer.next(anchor);
    const index = this.index + 1;
    const time = commitTime({
      previous: this.time,
      anchor,
      stakes: committee.stakes,
      timestampOf: ({ block }: AcceptedBlock) => block.timestamp,
    });
    this.#point = {
      epoch: committee.epoch,
      index,
      anchor: anchor.block.ref,
      horizon,
      time,
      ordered: this.#orderedWith(anchor, blocks),
      covering: this.#linearizer.covering().map(({ block }) => block.ref),
    };
    this.#chainDigest = chainDigestOf(this.#point, this.#blockContext);
    dag.raiseHorizon(horizon);
    return { index, anchor, blocks, time, chainDigest: this.#chainDigest };
  }

  /** Goes on from a cursor: everything up to its anchor's slot is decided and ordered. */
  restore(cursor: Cursor): void {
    const { dag } = this.#context;
    dag.begin(cursor.horizon);
    this.#decider = this.#newDecider(cursor.anchor);
    this.#linearizer = this.#newLinearizer();
    this.#anchors = [];
    this.#point = cursor;
    this.#chainDigest = chainDigestOf(cursor, this.#blockContext);
    this.#restoring = cursor;
    this.#tryRestore(cursor);
  }

  forget(round: Round): void {
    this.#decider.forget(round + 1);
    this.#linearizer.forget(round + 1);
  }

  /** Hash of what is ordered with this commit: whatever the chain stood for before, and the new blocks. */
  #orderedWith(anchor: AcceptedBlock, blocks: readonly AcceptedBlock[]): Digest {
    const digests = [this.#chainDigest, anchor.digest, ...blocks.map(({ digest }) => digest)];
    return digestText(hashDigests(digests, this.#blockContext.crypto));
  }

  #tryRestore(cursor: Cursor): boolean {
    const { dag } = this.#context;
    const covering = cursor.covering.map((ref) => dag.get(ref));
    this.#missing = cursor.covering.filter((_, at) => covering[at] === undefined);
    if (this.#missing.length > 0) return false;
    this.#linearizer.restore({
      horizon: cursor.horizon,
      lastAnchorRound: cursor.anchor.round,
      covering: covering.filter((block) => block !== undefined),
    });
    this.#restoring = undefined;
    return true;
  }

  #newDecider(after: BlockRef | undefined): Decider<AcceptedBlock> {
    const { committee, mutations } = this.#context;
    const { thresholds } = committee;
    const commit = mutations.commit ?? 0;
    return new Decider({
      thresholds: {
        ...thresholds,
        commit: thresholds.commit + commit,
        slow: thresholds.slow + commit,
        skip: thresholds.skip + (mutations.skip ?? 0),
        link: thresholds.link + (mutations.link ?? 0),
      },
      stakes: committee.stakes,
      schedule: (round) => committee.slotsOf(round),
      ...(after === undefined ? {} : { after: { round: after.round, author: after.author } }),
      tieBreak: mutations.tieByArrival === true ? "arrival" : "digest",
    });
  }

  #newLinearizer(): Linearizer<AcceptedBlock> {
    const { committee, limits } = this.#context;
    return new Linearizer({ gcDepth: limits.gcDepth, members: committee.members.length });
  }
}
