// What may be forgotten. A cursor is a commit from which the log can be derived again, so whatever came before the newest
// one whose state is durable is needed by nobody but laggards.
//
// Two lines rise: below the first, blocks leave memory; below the second, never above the first, they leave the disk. The
// law: at every moment the disk holds a durable cursor, the state of its commit or a later one, and everything after it.
import type { BlockContext } from "../codec/block-context.ts";
import { encodeCursor } from "../codec/cursor.ts";
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { CommitIndex, Round } from "../ids.ts";
import type { Cursor } from "../message.ts";

interface KeptCursor {
  readonly cursor: Cursor;
  /** Of its record in the log. */
  readonly sequence: number;
}

/** Blocks up to that round, and cursors before the one with that sequence. */
interface Forgettable {
  readonly round: Round;
  readonly cursor: number;
}

export class Retention {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  /** Oldest first. */
  #cursors: KeptCursor[] = [];
  /** The state of this commit is durable. */
  #flushed: CommitIndex;
  #moved = false;
  #forgotten: Forgettable = { round: 0, cursor: 0 };

  constructor(context: ReplicaContext, blockContext: BlockContext, flushed: CommitIndex) {
    this.#context = context;
    this.#blockContext = blockContext;
    this.#flushed = flushed;
  }

  /** Whether anything moved since the lines were drawn. */
  get moved(): boolean {
    return this.#moved;
  }

  get newest(): Cursor | undefined {
    return this.#cursors.at(-1)?.cursor;
  }

  /** A cursor that the own log holds. */
  found(cursor: Cursor, sequence: number): void {
    this.#cursors.push({ cursor, sequence });
  }

  /** Writes a cursor down. */
  keep(cursor: Cursor, lastOwnBlock: AcceptedBlock | undefined): void {
    const { outbox } = this.#context;
    // Whoever made no block for long writes its last one down again: what comes before a cursor may go, and a chain that
    // did not go on from that block would look forked.
    if (lastOwnBlock !== undefined && lastOwnBlock.round <= cursor.horizon)
      outbox.persist("block", cursor.horizon + 1, lastOwnBlock.block.bytes);
    const sequence = outbox.persist("cursor", cursor.horizon, encodeCursor(cursor, this.#blockContext));
    this.#cursors.push({ cursor, sequence });
    this.#moved = true;
  }

  /** A state from elsewhere takes the place of everything before this cursor. */
  begin(cursor: Cursor, lastOwnBlock: AcceptedBlock | undefined): void {
    this.#cursors = [];
    this.keep(cursor, lastOwnBlock);
  }

  flushed(upTo: CommitIndex): void {
    this.#flushed = Math.max(this.#flushed, upTo);
    this.#moved = true;
  }

  persisted(): void {
    if (this.#cursors.length > 1) this.#moved = true;
  }

  horizonRose(): void {
    this.#moved = true;
  }

  /** Draws the first line: what no undecided slot, no laggard within retention and no reader of a snapshot needs. */
  memoryFloor(undecidedRound: Round, servedHorizon: Round | undefined): Round | undefined {
    this.#moved = false;
    const { newest } = this;
    if (newest === undefined) return undefined;
    const { dag, tuning } = this.#context;
    const served = servedHorizon ?? newest.horizon;
    return Math.min(dag.horizon - tuning.retainRounds, newest.horizon, served, undecidedRound - 1);
  }

  /** Draws the second line; undefined where it did not rise. */
  diskFloor(): Forgettable | undefined {
    const { dag, outbox } = this.#context;
    // The cursor must survive a crash by itself before the log before it may go.
    const safe = this.#cursors.findLast(
      ({ cursor, sequence }) => cursor.index <= this.#flushed && outbox.isDurable(sequence),
    );
    if (safe === undefined) return undefined;
    const round = Math.min(safe.cursor.horizon, dag.floor);
    if (round <= this.#forgotten.round && safe.sequence <= this.#forgotten.cursor) return undefined;
    this.#forgotten = { round, cursor: safe.sequence };
    this.#cursors = this.#cursors.filter(({ sequence }) => sequence >= safe.sequence);
    return this.#forgotten;
  }
}
