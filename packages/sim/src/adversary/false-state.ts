// What a liar makes of snapshots. Whoever lags behind everybody's memory needs a state from somebody, and a cursor is the
// only word there is on where that state belongs: so a liar offers cursors that are made up, true cursors with one field
// bent, and true cursors with pieces of something else.
//
// A bent cursor needs a true one, so the liar fetches a snapshot itself, as a laggard would.
import {
  type AuthorIndex,
  type BlockContext,
  type BlockRef,
  type CommitIndex,
  type Cursor,
  chainDigestOf,
  concatBytes,
  type Digest,
  decodeCursor,
  encodeCursor,
  fromHex,
  isRejection,
  type Message,
  type Millis,
  toHex,
  unreachable,
} from "@quorate/core";
import type { Rng } from "../rng.ts";
import type { LyingMember } from "./lying-member.ts";
import { randomBytes, randomHex } from "./random-bytes.ts";

type Heads = Extract<Message, { kind: "heads" }>;
type Question = Extract<Message, { kind: "snapshot-request" }>;
type Snapshot = Extract<Message, { kind: "snapshot" }>;
type Piece = Pick<Snapshot, "total" | "bytes">;

/** A state as it is handed over: the cursor once, then whatever there is at an offset. */
interface Offer {
  readonly index: CommitIndex;
  readonly cursor: Uint8Array;
  piece(offset: number): Piece;
}

interface TrueState {
  readonly cursor: Cursor;
  readonly bytes: Uint8Array;
}

/** A fetch that takes longer is given up for another. */
const FETCH_MS_MAX = 2_000;
/** Who is so far behind may soon need a state. */
const LAG_ROUNDS = 40;
const PIECE_BYTES = 512;
const EMPTY = new Uint8Array(0);

export class FalseState {
  /** The commit at which each member says it stands. */
  readonly #standing = new Map<AuthorIndex, CommitIndex>();
  readonly #offers = new Map<AuthorIndex, Offer>();
  #truth: TrueState | undefined;
  /** What is being fetched: from whom, its cursor, and the pieces so far. */
  #fetch: { readonly from: AuthorIndex; readonly since: Millis; cursor?: Cursor; bytes: Uint8Array } | undefined;

  /** Somebody said where it stands: whoever lags is told that we are ahead, before others can say so. */
  heads(member: LyingMember, from: AuthorIndex, { index, rounds }: Heads): void {
    this.#standing.set(from, index);
    if (member.seen.highest - Math.max(...rounds) <= LAG_ROUNDS) return;
    this.boast(member, [from]);
    this.#learn(member, from);
  }

  /** Claims to be far ahead of everybody, and to have forgotten how it got there: who wants to follow needs our state. */
  boast(member: LyingMember, to: readonly AuthorIndex[]): void {
    const { coalition, context, seen } = member;
    member.act("boast");
    const far = coalition.rng.pick([1, 100, 5_000]);
    member.say(to, "blocks", {
      kind: "heads",
      rounds: context.committee.members.map(() => seen.highest + far),
      floor: seen.highest + far,
      index: this.#claimed() + far,
      digest: "",
      // One that has none takes one when it is asked.
      checkpoint: 0,
      sentAt: Math.floor(coalition.now),
      echo: 0,
      wall: coalition.wall,
      needy: false,
    });
  }

  /** A piece of what was asked for: the next one is asked for in turn. */
  take(member: LyingMember, from: AuthorIndex, { bytes, cursor, index, offset, total }: Snapshot): void {
    const fetch = this.#fetch;
    if (fetch === undefined || fetch.from !== from || fetch.bytes.length !== offset) return;
    if (offset === 0) {
      const read = decodeCursor(cursor, member.context);
      if (isRejection(read)) return;
      fetch.cursor = read;
    }
    if (fetch.cursor?.index !== index) return;
    fetch.bytes = concatBytes([fetch.bytes, bytes]);
    if (fetch.bytes.length < total) {
      member.say([from], "catch-up", { kind: "snapshot-request", index, offset: fetch.bytes.length });
      return;
    }
    this.#truth = { cursor: fetch.cursor, bytes: fetch.bytes };
    this.#fetch = undefined;
  }

  /** Answers whoever asks for a state, or begins to look for one: each transfer meets one lie, to its last piece. */
  answer(member: LyingMember, to: AuthorIndex, { index, offset }: Question): void {
    let offer = this.#offers.get(to);
    if (offer === undefined || offer.index !== index) {
      offer = this.#invent(member, to);
      if (offer === undefined) return;
      this.#offers.set(to, offer);
    }
    const cursor = offset === 0 ? offer.cursor : EMPTY;
    const message: Message = { kind: "snapshot", index: offer.index, cursor, offset, ...offer.piece(offset) };
    member.say([to], "catch-up", message);
  }

  #claimed(): CommitIndex {
    return Math.max(0, ...this.#standing.values());
  }

  #isOfUse(to: AuthorIndex): boolean {
    return this.#truth !== undefined && this.#truth.cursor.index > (this.#standing.get(to) ?? 0);
  }

  /** Asks an honest member for a state that is of use to somebody. */
  #learn(member: LyingMember, to: AuthorIndex): void {
    const { honest, now, rng } = member.coalition;
    const sources = honest.filter((peer) => (this.#standing.get(peer) ?? 0) > (this.#standing.get(to) ?? 0));
    const isUnderWay = this.#fetch !== undefined && now < this.#fetch.since + FETCH_MS_MAX;
    if (this.#isOfUse(to) || isUnderWay || sources.length === 0) return;
    const from = rng.pick(sources);
    this.#fetch = { from, since: now, bytes: EMPTY };
    member.say([from], "catch-up", { kind: "snapshot-request", index: 0, offset: 0 });
  }

  #invent(member: LyingMember, to: AuthorIndex): Offer | undefined {
    const { rng } = member.coalition;
    const kind = rng.next();
    if (kind < 0.05) {
      const noise = (): Uint8Array => randomBytes(rng, 100);
      return { index: this.#claimed(), cursor: noise(), piece: () => ({ total: 300, bytes: noise() }) };
    }
    if (kind < 0.19) {
      member.act("made-up cursor");
      return this.#offer(member, madeUp(member, this.#claimed()), slowly(rng));
    }
    const truth = this.#truth;
    if (truth === undefined || !this.#isOfUse(to)) {
      this.#learn(member, to);
      return undefined;
    }
    if (kind < 0.6) {
      const field = rng.pick(FIELDS);
      member.act("bent cursor");
      const cursor = { ...truth.cursor, ...bend(field, truth.cursor, member) };
      return this.#offer(member, cursor, piecesOf(truth.bytes));
    }
    member.act("wrong pieces");
    const wrong = truth.bytes.slice();
    if (wrong.length > 0) wrong[rng.integer(wrong.length)]! ^= 1 << rng.integer(8);
    return this.#offer(member, truth.cursor, piecesOf(rng.chance(0.5) ? wrong : randomBytes(rng, 700)));
  }

  /** An offer for which all members of the coalition vouch. */
  #offer({ coalition, context }: LyingMember, cursor: Cursor, piece: Offer["piece"]): Offer {
    coalition.vouched.set(cursor.index, standingDigest(cursor, context));
    return { index: cursor.index, cursor: encodeCursor(cursor, context), piece };
  }
}

/** The digest that a member which stands at a cursor tells of its commit. The core has it from its log, a liar from here. */
export function standingDigest(cursor: Cursor, context: BlockContext): Digest {
  const digests = [chainDigestOf(cursor, context), cursor.stateDigest];
  return toHex(context.crypto.hash(concatBytes(digests.map(fromHex))));
}

/** A cursor that decodes and stands for nothing. */
function madeUp({ coalition: { rng, wall }, context, seen }: LyingMember, claimed: CommitIndex): Cursor {
  const round = seen.highest + rng.integer(50);
  const nameless = (author: AuthorIndex): BlockRef => ({ author, round, digest: randomHex(rng, 32) });
  return {
    epoch: context.committee.epoch,
    index: claimed + 1 + rng.integer(5_000),
    anchor: nameless(0),
    horizon: rng.pick([0, Math.max(0, round - context.limits.gcDepth), round]),
    time: rng.pick([0, wall, Number.MAX_SAFE_INTEGER]),
    ordered: randomHex(rng, 32),
    covering: rng.chance(0.5) ? [nameless(0)] : [],
    stateDigest: randomHex(rng, 32),
  };
}

const FIELDS = ["covering", "anchor", "horizon", "time", "ordered", "stateDigest"] as const;

/** The field as it is not. What is asked of a block that exists is asked of one, so that it can be found. */
function bend(
  field: (typeof FIELDS)[number],
  cursor: Cursor,
  { coalition: { rng }, seen }: LyingMember,
): Partial<Cursor> {
  const { anchor, horizon, time } = cursor;
  const other = rng.pick(
    [...seen.at(anchor.round - 1), ...seen.at(anchor.round + 1)].map(({ ref }) => ref).concat(anchor),
  );
  switch (field) {
    case "covering":
      return { covering: rng.chance(0.5) ? [] : [other] };
    case "anchor":
      return { anchor: other };
    case "horizon":
      return { horizon: rng.pick([0, Math.max(0, horizon - 1), horizon + 1 + rng.integer(30), anchor.round]) };
    case "time":
      return { time: rng.pick([0, time + 1, time + 3_600_000, Number.MAX_SAFE_INTEGER]) };
    case "ordered":
      return { ordered: randomHex(rng, 32) };
    case "stateDigest":
      return { stateDigest: randomHex(rng, 32) };
    default:
      return unreachable(field);
  }
}

function piecesOf(bytes: Uint8Array): Offer["piece"] {
  return (offset) => ({ total: bytes.length, bytes: bytes.subarray(offset, offset + PIECE_BYTES) });
}

/** Pieces that keep a laggard waiting: a byte at a time, none at all, or always one more. */
function slowly(rng: Rng): Offer["piece"] {
  switch (rng.integer(3)) {
    case 0:
      return () => ({ total: 1_000_000, bytes: randomBytes(rng, 1) });
    case 1:
      return () => ({ total: 1_000_000, bytes: EMPTY });
    default:
      return (offset) => ({ total: offset + 2 * PIECE_BYTES, bytes: randomBytes(rng, PIECE_BYTES) });
  }
}
