// Brings a replica that lags further than anybody's memory: a snapshot of the machine and the cursor that belongs to it.
// No stage trusts more than it has to:
//
//   asked     more stake than may lie says that it is ahead, one of them is asked, and its first piece names the cursor
//   vouched   members with an honest one among them told the digest of that cursor's commit: more than f stake, which
//             where nobody lies is the one that sends it. Pieces are fetched and staged
//   staged    the machine has all of it, and takes it over or finds that it is not what the cursor says
//
// Nothing stands still before the last stage: whoever gets past the cursor by itself needs no snapshot, and who promises
// one must not hold anybody up. Who did not deliver is left alone for a while, each time for longer.
import type { BlockContext } from "../codec/block-context.ts";
import { chainDigestOf, decodeCursor } from "../codec/cursor.ts";
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
  /** Past this somebody else is asked. */
  readonly until: Millis;
  /** Known with the first piece, and what members with that commit have to tell. */
  cursor: Cursor | undefined;
  digest: Digest;
  readonly vouchedBy: Set<AuthorIndex>;
  offset: number;
  total: number | undefined;
  askAt: Millis;
  attempts: number;
  /** Everything is handed to the machine; its answer is awaited. */
  staged: boolean;
}

/** Asked so often without an answer, a peer is given up. */
const ATTEMPTS_MAX = 8;
/** Everybody is behind now and then; who commits nothing for so long while others do is stuck. */
const STUCK_MS = 5_000;
/** Who did not deliver is not asked again for so long, and twice as long each time up to the most. */
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 60_000;
/** Where members may lie, so long a transfer may take; twice as long after each that failed, however much there is. */
const PATIENCE_MS = 60_000;
const DOUBLINGS_MAX = 20;

export class StateTransfer {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  readonly #peers: Peers;
  readonly #sources: StateTransferSources;
  #transfer: Transfer | undefined;
  /** Transfers that failed since one succeeded, by source, and until when it is left alone. */
  readonly #failures = new Map<AuthorIndex, { readonly count: number; readonly until: Millis }>();
  /** The own commit since which somebody is ahead. */
  #behind: { readonly index: CommitIndex; readonly since: Millis } | undefined;

  constructor(context: ReplicaContext, blockContext: BlockContext, peers: Peers, sources: StateTransferSources) {
    this.#context = context;
    this.#blockContext = blockContext;
    this.#peers = peers;
    this.#sources = sources;
  }

  /** Whether a state is under way that an honest member has. */
  get isVouched(): boolean {
    return this.#transfer !== undefined && this.#isVouched(this.#transfer);
  }

  /** Whether the machine is about to have another state. */
  get isStaged(): boolean {
    return this.#transfer?.staged === true;
  }

  /** Begins a transfer when no peer that is ahead still holds the blocks that are missing here. */
  consider(peer: AuthorIndex, heads: Heads, mine: readonly number[], index: CommitIndex): void {
    if (this.#transfer !== undefined || heads.index <= index) return;
    const { now } = this.#context.clock;
    const { byzantine } = this.#context.committee.fault;
    if (now < (this.#failures.get(peer)?.until ?? 0) || this.#stakeAhead(index) <= byzantine) return;
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
    const failed = [...this.#failures.values()].reduce((sum, { count }) => sum + count, 0);
    const patience = byzantine > 0 ? PATIENCE_MS * 2 ** Math.min(DOUBLINGS_MAX, failed) : Number.POSITIVE_INFINITY;
    this.#transfer = {
      from: peer,
      until: now + patience,
      cursor: undefined,
      digest: "",
      vouchedBy: new Set(),
      offset: 0,
      total: undefined,
      askAt: now,
      attempts: 0,
      staged: false,
    };
  }

  lost(peer: AuthorIndex): void {
    if (this.#transfer?.from === peer && !this.#transfer.staged) this.#end(this.#transfer);
  }

  piece(from: AuthorIndex, piece: Piece, index: CommitIndex): Rejection | undefined {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.from !== from || transfer.staged || piece.offset !== transfer.offset) {
      return reject("unasked", { from, index: piece.index });
    }
    const refused = this.#refuse(transfer, piece, index);
    if (refused !== undefined) {
      this.failed();
      return refused;
    }
    const { cursor } = transfer;
    // The first piece is asked for again when it is known to be worth anything.
    if (cursor === undefined || !this.#isVouched(transfer)) return undefined;
    const { bytes, offset, total } = piece;
    this.#context.outbox.emit({
      kind: "restore",
      index: piece.index,
      offset,
      total,
      bytes,
      digest: cursor.stateDigest,
    });
    transfer.offset += bytes.length;
    transfer.total = total;
    transfer.attempts = 0;
    transfer.staged = transfer.offset >= total;
    transfer.askAt = this.#context.clock.now;
    return undefined;
  }

  /** A peer told its digest for a commit. */
  digests(from: AuthorIndex, first: CommitIndex, digests: readonly Digest[]): void {
    const transfer = this.#transfer;
    if (transfer?.cursor === undefined || transfer.staged) return;
    const told = digests[transfer.cursor.index - first];
    if (told === undefined || told === "") return;
    if (told === transfer.digest) {
      if (this.#isVouched(transfer)) return;
      transfer.vouchedBy.add(from);
      if (this.#isVouched(transfer)) transfer.askAt = this.#context.clock.now;
    } else if (this.#context.committee.fault.byzantine === 0) this.failed();
  }

  /** The machine holds the state: the cursor to go on from. */
  restored(index: CommitIndex): Cursor | undefined {
    const cursor = this.#transfer?.cursor;
    if (cursor === undefined || cursor.index !== index) return undefined;
    this.#transfer = undefined;
    this.#failures.clear();
    return cursor;
  }

  /** It came to nothing, and its source is left alone for a while. */
  failed(): void {
    if (this.#transfer === undefined) return;
    const { from } = this.#transfer;
    const count = (this.#failures.get(from)?.count ?? 0) + 1;
    const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(DOUBLINGS_MAX, count - 1));
    this.#failures.set(from, { count, until: this.#context.clock.now + pause });
    this.#end(this.#transfer);
  }

  /** Asks for what is next, unless this replica got past it by itself; says when to come back. */
  run(index: CommitIndex): Millis | undefined {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.staged) return undefined;
    const { clock, tuning } = this.#context;
    const { cursor } = transfer;
    const isOver = (cursor !== undefined && cursor.index <= index) || clock.now >= transfer.until;
    if (isOver) {
      this.failed();
      return undefined;
    }
    if (clock.now >= transfer.askAt) {
      transfer.attempts += 1;
      if (transfer.attempts > ATTEMPTS_MAX || !this.#peers.isUp(transfer.from)) {
        this.failed();
        return undefined;
      }
      transfer.askAt = clock.now + Math.max(tuning.resendMsMin * 4, 4 * (this.#peers.quorumRoundTripMs() ?? 0));
      if (cursor === undefined || this.#isVouched(transfer)) this.#askForPiece(transfer);
      else this.#askForDigest(cursor);
    }
    return Math.min(transfer.askAt, transfer.until);
  }

  #end({ cursor, offset, staged }: Transfer): void {
    if (cursor !== undefined && offset > 0 && !staged)
      this.#context.outbox.emit({ kind: "unstage", index: cursor.index });
    this.#transfer = undefined;
  }

  #askForPiece({ from, cursor, offset }: Transfer): void {
    this.#context.send(from, "catch-up", { kind: "snapshot-request", index: cursor?.index ?? 0, offset });
  }

  #askForDigest({ index }: Cursor): void {
    this.#context.broadcast("blocks", { kind: "digest-request", from: index, to: index });
  }

  /** Why a piece ends the transfer, if it does. Takes the cursor from the first. */
  #refuse(transfer: Transfer, piece: Piece, index: CommitIndex): Rejection | undefined {
    const { from } = transfer;
    if (transfer.cursor === undefined) {
      const cursor = decodeCursor(piece.cursor, this.#blockContext);
      if (isRejection(cursor)) return cursor;
      if (cursor.index !== piece.index || cursor.index <= index)
        return reject("unasked", { from, index: cursor.index });
      transfer.cursor = cursor;
      transfer.digest = this.#sources.combine(chainDigestOf(cursor, this.#blockContext), cursor.stateDigest);
      transfer.vouchedBy.add(from);
      this.#askForDigest(cursor);
      return undefined;
    }
    // It keeps another snapshot by now, tells another length, or feeds nothing at all.
    const isOther = piece.index !== transfer.cursor.index || piece.total !== (transfer.total ?? piece.total);
    const isEmpty = piece.bytes.length === 0 && piece.offset < piece.total;
    return isOther || isEmpty ? reject("unasked", { from, index: piece.index }) : undefined;
  }

  /** Stake of those that can be asked and say that they are ahead. */
  #stakeAhead(index: CommitIndex): number {
    const { stakes } = this.#context.committee;
    const ahead = this.#peers.others.filter(
      (peer) => this.#peers.isUp(peer) && (this.#peers.heads(peer)?.index ?? 0) > index,
    );
    return ahead.reduce((sum, peer) => sum + (stakes[peer] ?? 0), 0);
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

  #isVouched({ vouchedBy }: Transfer): boolean {
    const { fault, stakes } = this.#context.committee;
    let stake = 0;
    for (const author of vouchedBy) stake += stakes[author] ?? 0;
    return stake > fault.byzantine;
  }
}
