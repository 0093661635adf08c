// Brings a replica that lags further than anybody's memory: a snapshot of the machine and the cursor that belongs to it.
//
// A snapshot is believed when members that include an honest one tell the same digest for its commit: f + 1 stake, which
// where nobody lies is the one that sends it. Any other voice that differs ends the transfer.

import type { BlockContext } from "../codec/block-context.ts";
import { decodeCursor } from "../codec/cursor.ts";
import type { ReplicaContext } from "../context.ts";
import type { AuthorIndex, CommitIndex, Digest, Millis, Round } from "../ids.ts";
import type { Cursor, Message } from "../message.ts";
import { isRejection, type Rejection, reject } from "../rejection.ts";
import type { Heads, Peers } from "./peers.ts";

type Piece = Extract<Message, { kind: "snapshot" }>;

export interface StateTransferSources {
  combine(chainDigest: Digest, stateDigest: Digest): Digest;
  /** The oldest round of which a block is waited for. */
  oldestWanted(): Round | undefined;
}

interface Transfer {
  readonly from: AuthorIndex;
  /** Known with the first piece. */
  cursor: Cursor | undefined;
  confirmedBy: Set<AuthorIndex>;
  offset: number;
  total: number;
  askAt: Millis;
  attempts: number;
  /** Everything is handed to the machine; its answer is awaited. */
  staged: boolean;
}

/** Asked so often without an answer, a peer is given up. */
const ATTEMPTS_MAX = 8;
/** Everybody is behind now and then; who commits nothing for so long while others do is stuck. */
const STUCK_MS = 5_000;

export class StateTransfer {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  readonly #peers: Peers;
  readonly #sources: StateTransferSources;
  #transfer: Transfer | undefined;
  /** The own commit since which somebody is ahead. */
  #behind: { readonly index: CommitIndex; readonly since: Millis } | undefined;

  constructor(context: ReplicaContext, blockContext: BlockContext, peers: Peers, sources: StateTransferSources) {
    this.#context = context;
    this.#blockContext = blockContext;
    this.#peers = peers;
    this.#sources = sources;
  }

  get active(): boolean {
    return this.#transfer !== undefined;
  }

  /** Begins a transfer when no peer that is ahead still holds the blocks that are missing here. */
  consider(peer: AuthorIndex, heads: Heads, mine: readonly number[], index: CommitIndex): void {
    if (this.#transfer !== undefined || heads.index <= index) return;
    const { now } = this.#context.clock;
    if (this.#behind?.index !== index) this.#behind = { index, since: now };
    const isStuck = now - this.#behind.since >= STUCK_MS;
    if (this.#canServe(heads, mine) && !(isStuck && this.#hasForgotten(heads))) return;
    // One that has no snapshot takes one when it is asked; one whose snapshot is behind us takes another before long.
    if (heads.checkpoint !== 0 && heads.checkpoint <= index) return;
    const helper = this.#peers.others.some((other) => {
      const theirs = this.#peers.heads(other);
      return this.#peers.isUp(other) && theirs !== undefined && theirs.index > index && this.#canServe(theirs, mine);
    });
    // Whoever is said to hold what is missing has had its time: it may be lying.
    if (helper && !isStuck) return;
    this.#transfer = {
      from: peer,
      cursor: undefined,
      confirmedBy: new Set(),
      offset: 0,
      total: 1,
      askAt: this.#context.clock.now,
      attempts: 0,
      staged: false,
    };
  }

  lost(peer: AuthorIndex): void {
    if (this.#transfer?.from === peer && !this.#transfer.staged) this.#transfer = undefined;
  }

  piece(from: AuthorIndex, piece: Piece, index: CommitIndex): Rejection | undefined {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.from !== from || transfer.staged || piece.offset !== transfer.offset) {
      return reject("unasked", { from, index: piece.index });
    }
    if (transfer.cursor === undefined) {
      const cursor = decodeCursor(piece.cursor, this.#blockContext);
      if (isRejection(cursor)) {
        this.#transfer = undefined;
        return cursor;
      }
      if (cursor.index !== piece.index || cursor.index <= index) {
        this.#transfer = undefined;
        return reject("unasked", { from, index: cursor.index });
      }
      transfer.cursor = cursor;
      transfer.confirmedBy.add(from);
      this.#context.broadcast("blocks", { kind: "digest-request", from: cursor.index, to: cursor.index });
    } else if (piece.index !== transfer.cursor.index) {
      this.#transfer = undefined;
      return reject("unasked", { from, index: piece.index });
    }
    transfer.attempts = 0;
    if (!this.#isConfirmed(transfer)) {
      transfer.askAt = this.#context.clock.now + this.#context.tuning.resendMsMin;
      return undefined;
    }
    const { stateDigest: digest } = transfer.cursor;
    const { bytes, offset, total } = piece;
    this.#context.outbox.emit({ kind: "restore", index: piece.index, offset, total, bytes, digest });
    transfer.offset += piece.bytes.length;
    transfer.total = piece.total;
    transfer.staged = transfer.offset >= piece.total;
    transfer.askAt = this.#context.clock.now;
    return undefined;
  }

  /** A peer told its digest for a commit. */
  digests(from: AuthorIndex, first: CommitIndex, digests: readonly Digest[]): void {
    const transfer = this.#transfer;
    if (transfer?.cursor === undefined || transfer.staged) return;
    const told = digests[transfer.cursor.index - first];
    if (told === undefined || told === "") return;
    const { chainDigest, stateDigest } = transfer.cursor;
    if (told === this.#sources.combine(chainDigest, stateDigest)) transfer.confirmedBy.add(from);
    else if (this.#context.committee.fault.byzantine === 0) this.#transfer = undefined;
  }

  /** The machine holds the state: the cursor to go on from. */
  restored(index: CommitIndex): Cursor | undefined {
    const cursor = this.#transfer?.cursor;
    if (cursor === undefined || cursor.index !== index) return undefined;
    this.#transfer = undefined;
    return cursor;
  }

  failed(): void {
    this.#transfer = undefined;
  }

  /** Asks for the next piece; says when to come back. */
  run(): Millis | undefined {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.staged) return undefined;
    const { clock, tuning } = this.#context;
    if (clock.now >= transfer.askAt) {
      transfer.attempts += 1;
      if (transfer.attempts > ATTEMPTS_MAX || !this.#peers.isUp(transfer.from)) {
        this.#transfer = undefined;
        return clock.now;
      }
      transfer.askAt = clock.now + Math.max(tuning.resendMsMin * 4, 4 * (this.#peers.quorumRoundTripMs() ?? 0));
      const { cursor, offset } = transfer;
      this.#context.send(transfer.from, "catch-up", { kind: "snapshot-request", index: cursor?.index ?? 0, offset });
      if (cursor !== undefined && !this.#isConfirmed(transfer)) {
        this.#context.broadcast("blocks", { kind: "digest-request", from: cursor.index, to: cursor.index });
      }
    }
    return transfer.askAt;
  }

  /** Whether a block that is waited for here may be gone there. Where chains fork their newest rounds do not tell. */
  #hasForgotten({ floor }: Heads): boolean {
    const oldest = this.#sources.oldestWanted();
    return oldest !== undefined && oldest <= floor;
  }

  /** Whether that peer still holds every block that is missing here. */
  #canServe(heads: Heads, mine: readonly number[]): boolean {
    const { horizon } = this.#context.dag;
    if (heads.floor <= horizon) return true;
    return heads.rounds.every((round, author) => {
      const here = Math.max(mine[author] ?? 0, horizon);
      return round <= here || here >= heads.floor;
    });
  }

  #isConfirmed(transfer: Transfer): boolean {
    const { fault, stakes } = this.#context.committee;
    let stake = 0;
    for (const author of transfer.confirmedBy) stake += stakes[author] ?? 0;
    return stake > fault.byzantine;
  }
}
