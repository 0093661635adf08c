// How a block gets from a frame into the DAG: held while its stamp is in the future, pending while parents are missing,
// checked against its history, and then accepted once and for all, parents first.
import { equalBytes } from "./bytes.ts";
import { type BlockContext, peekBlock } from "./codec/block.ts";
import type { ReplicaContext } from "./context.ts";
import type { AcceptedBlock } from "./dag/accepted-block.ts";
import type { Block } from "./dag/block.ts";
import { Doubts } from "./dag/doubts.ts";
import { Exposure } from "./dag/exposure.ts";
import { Held } from "./dag/held.ts";
import { Pending, type WantedBlock } from "./dag/pending.ts";
import { type AuthorIndex, type BlockRef, type Millis, type Round, type Slot, sameRef } from "./ids.ts";
import { type Rejection, reject } from "./rejection.ts";

/** What becomes of blocks that come through. */
export interface IntakeEvents {
  accepted(block: AcceptedBlock): void;
  rejected(from: AuthorIndex, rejection: Rejection): void;
  evidence(author: AuthorIndex, what: string): void;
  /** A block is so far ahead that history has to be asked for. */
  farAhead(from: AuthorIndex): void;
}

/** Blocks of one author and round that are taken without another member's word for them. */
const TWINS_MAX = 2;
/** A hole in a chain that waits is no reason to ask for the chain again, if one fetch fills it. */
const HOLE_ROUNDS = 1;

export class Intake {
  readonly #context: ReplicaContext;
  readonly #events: IntakeEvents;
  readonly #held = new Held();
  readonly pending: Pending;
  readonly exposure: Exposure;
  readonly doubts: Doubts;
  /** Blocks that came before their parents, by round: they count as taken, whatever became of them. */
  readonly #early = new Map<Round, BlockRef[]>();
  /** Whether a block is wanted for its own sake: a snapshot, or the own log, speaks of it. */
  isRoot: (ref: BlockRef) => boolean = () => false;
  /** Whether nothing has gone on for so long that refusing is the greater evil. */
  isStalled: () => boolean = () => false;

  constructor(context: ReplicaContext, blockContext: BlockContext, events: IntakeEvents) {
    this.#context = context;
    this.#events = events;
    this.exposure = new Exposure(blockContext);
    this.doubts = new Doubts(context);
    this.pending = new Pending({
      blocksPerAuthorMax: context.tuning.pendingBlocksPerAuthorMax,
      bytesPerAuthorMax: context.tuning.pendingBytesPerAuthorMax,
    });
  }

  /**
   * The block of exactly these bytes, if it is here already. Members repeat themselves, and whoever is behind is told the
   * same by everybody: a block is read, and its signature verified, once.
   */
  known(bytes: Uint8Array): Block | undefined {
    const slot = peekBlock(bytes);
    if (slot === undefined) return undefined;
    const accepted = this.#context.dag
      .at(slot.round)
      .find(({ author, block }) => author === slot.author && equalBytes(block.bytes, bytes));
    return accepted?.block ?? this.pending.at(slot).find((block) => equalBytes(block.bytes, bytes));
  }

  /** A valid block arrived from a peer. */
  receive(block: Block, from: AuthorIndex): void {
    const refused = this.#receive(block, from);
    if (refused !== undefined) this.#events.rejected(from, refused);
  }

  /** A block from the own log: durable already, and never too early. Returns whether all of its history is there too. */
  reload(block: Block, sequence: number): boolean {
    const { dag } = this.#context;
    if (block.round <= dag.horizon || dag.get(block.ref) !== undefined) return true;
    const missing = dag.missing(block);
    if (missing.length > 0) this.pending.add(block, block.author, missing);
    else this.#accept(block, block.author, sequence);
    return missing.length === 0;
  }

  /** The refs that are waited for and not here, neither pending nor too early: what has to be fetched. */
  *wanted(): Generator<WantedBlock> {
    for (const key of this.pending.wanted) if (!this.#held.hasKey(key)) yield this.pending.wantedBlock(key);
  }

  /** The oldest round of what is wanted. */
  oldestWanted(): Round | undefined {
    let oldest: Round | undefined;
    for (const { ref } of this.wanted()) if (oldest === undefined || ref.round < oldest) oldest = ref.round;
    return oldest;
  }

  /** Rises whenever something else may be wanted. */
  get changes(): number {
    return this.pending.changes + this.#held.changes;
  }

  /** How far an author's chain, accepted up to a round, goes on in what is here and waits: for a parent, or for its time. */
  reach(author: AuthorIndex, accepted: Round): Round {
    return Math.max(this.pending.reach(author, accepted, HOLE_ROUNDS), this.#held.highestRound(author));
  }

  /** Lets go what was held until now; says when to come back. */
  run(): Millis | undefined {
    const { clock } = this.#context;
    for (const { block, from } of this.#held.release(clock.wall)) this.receive(block, from);
    const wait = this.#held.waitMs(clock.wall);
    return wait === undefined ? undefined : clock.now + wait;
  }

  /** An author came back without its disk: what it has forgotten is of no use, unless somebody has built on it. */
  dropForgotten(): void {
    this.pending.dropUseless((block) => this.#isForgotten(block) && !this.isRoot(block.ref));
  }

  /** The horizon rose: parents at or below it count as present, blocks at or below it are no longer wanted. */
  horizonRose(): void {
    const { dag } = this.#context;
    this.pending.dropBelow(dag.horizon);
    this.#held.dropBelow(dag.horizon);
    for (const round of this.#early.keys()) if (round <= dag.horizon) this.#early.delete(round);
    this.doubts.horizonRose();
    for (const { block, from } of this.pending.satisfyBelow(dag.horizon)) this.#acceptWithChildren(block, from);
  }

  #receive(block: Block, from: AuthorIndex): Rejection | undefined {
    const { clock, dag, tuning } = this.#context;
    const { ref, round } = block;
    // Late and repeated blocks are everyday life, not an offence.
    if (round <= dag.horizon || this.pending.has(ref) || this.#held.has(ref)) return undefined;
    const known = dag.get(ref);
    if (known !== undefined) return known.digest === block.contentDigest ? undefined : this.#forked(block);
    // After a snapshot the horizon is all that is known of how far the others are.
    const highest = Math.max(dag.highestRound, dag.horizon);
    if (round > highest + tuning.aheadRoundsMax) {
      this.#events.farAhead(from);
      return reject("too-far-ahead", { round, highest });
    }
    if (!this.#isWelcome(block)) return reject("unasked", { author: block.author, round });
    const ahead = block.timestamp - tuning.timestampAheadMsMax;
    if (ahead > clock.wall) return this.#held.add(block, from, ahead);
    const missing = dag.missing(block);
    if (missing.length > 0) {
      const isUseless = this.#isForgotten(block) && !this.isRoot(ref) && !this.pending.isAwaited(ref);
      return isUseless ? undefined : this.#wait(block, from, missing);
    }
    this.#acceptWithChildren(block, from);
    return undefined;
  }

  /**
   * Two blocks of an author and round are taken as they come; another one only if the block of a member that was not caught
   * itself needs it. A liar's own block is no reason: it could need another twin every time, and be refused itself once the
   * twin is here; nor are two liars' who name each other's.
   */
  #isWelcome({ author, ref, round }: Block): boolean {
    const taken = this.#context.dag.at(round).filter((block) => block.author === author);
    let count = taken.length;
    for (const early of this.#early.get(round) ?? []) {
      const isCounted = sameRef(early, ref) || taken.some(({ block }) => sameRef(block.ref, early));
      if (early.author === author && !isCounted) count += 1;
    }
    if (count < TWINS_MAX || this.isRoot(ref)) return true;
    const waiters = this.pending.waitersOf(ref);
    const isReason = ({ author: other, ref: needing }: Block): boolean =>
      (other !== author && !this.exposure.isExposed(other)) || this.isRoot(needing);
    if (waiters.some(({ block }) => isReason(block))) return true;
    // Nobody can use them before somebody else names one, and then they are asked for again.
    for (const waiter of waiters) this.pending.drop(waiter);
    return false;
  }

  #wait(block: Block, from: AuthorIndex, missing: readonly BlockRef[]): Rejection | undefined {
    const refused = this.pending.add(block, from, missing);
    if (refused !== undefined) return refused;
    const { ref, round } = block;
    const early = this.#early.get(round);
    if (early === undefined) this.#early.set(round, [ref]);
    else if (!early.some((other) => sameRef(other, ref))) early.push(ref);
    return undefined;
  }

  #acceptWithChildren(block: Block, from: AuthorIndex): void {
    const ready = [{ block, from }];
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      if (this.#accept(next.block, next.from, undefined)) ready.push(...this.pending.satisfy(next.block.ref));
    }
  }

  #accept(block: Block, from: AuthorIndex, sequence: number | undefined): boolean {
    const { committee, dag, outbox } = this.#context;
    const byzantine = committee.fault.byzantine > 0;
    const refused = byzantine ? this.#checkExposure(block, sequence !== undefined) : this.#checkChain(block);
    if (refused !== undefined) {
      this.#events.rejected(from, refused);
      return false;
    }
    const twin = byzantine ? dag.by(block.author, block.round) : undefined;
    const accepted = dag.accept(block, sequence ?? outbox.persist("block", block.round, block.bytes));
    accepted.forkedAt = this.exposure.forkOf(accepted);
    if (twin !== undefined && this.exposure.caught(twin, accepted)) {
      this.#events.evidence(block.author, `two blocks in round ${block.round}`);
    }
    this.doubts.accepted(accepted);
    for (const proof of block.evidence) {
      if (this.exposure.told(proof))
        this.#events.evidence(proof.author, `proof carried by ${committee.members[block.author]?.name}`);
    }
    this.#events.accepted(accepted);
    return true;
  }

  /**
   * V8: no parent whose own history holds two blocks of its author in one round. What it keeps out would only be a burden:
   * it yields where nothing goes on and somebody's block waits for just that. What the own log holds was accepted, and a
   * later own block may stand on it.
   */
  #checkExposure({ author, parents, ref: name, round }: Block, isLogged: boolean): Rejection | undefined {
    if (isLogged || (this.isStalled() && this.pending.isAwaited(name))) return undefined;
    for (const ref of parents) {
      const parent = this.#context.dag.get(ref);
      if (parent !== undefined && !this.exposure.mayName(round, parent))
        return reject("exposed-parent", { author, round, parent: parent.author });
    }
    return undefined;
  }

  /**
   * Whether its author lost this block with its disk: what it waits for may be gone for good, and to wait on would be to ask
   * for ever. Whoever has built on it has it, and will be asked.
   */
  #isForgotten(block: Block): boolean {
    const next = this.#nextOf(block)?.block;
    return next?.recovered === true && next.parents[0]!.round < block.round;
  }

  /** The author's accepted block that comes next after a round. */
  #nextOf({ author, round }: Slot): AcceptedBlock | undefined {
    const { dag } = this.#context;
    for (let later = round + 1; later <= dag.headRound(author); later++) {
      const next = dag.by(author, later);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  /** V10: where nobody lies an author's blocks form one chain; only a block after amnesia may leave some out. */
  #checkChain(block: Block): Rejection | undefined {
    const { dag } = this.#context;
    const previous = block.parents[0]?.round ?? 0;
    const before = dag.latestBefore(block.author, block.round);
    if (before !== undefined && before.round > previous && !block.recovered) return this.#forked(block);
    // An old block that surfaces late: the next one must know it, unless amnesia lies between them.
    const next = this.#nextOf(block)?.block;
    const isKnown = next === undefined || next.recovered || next.parents[0]?.round === block.round;
    return isKnown ? undefined : this.#forked(block);
  }

  #forked(block: Block): Rejection {
    const { author, round } = block;
    if (!this.exposure.isExposed(author)) {
      this.exposure.avoid(author);
      this.#events.evidence(author, `its chain forks at round ${round}`);
    }
    return reject("forked-author", { author, round });
  }
}
