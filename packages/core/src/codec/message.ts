// Messages between replicas, as frames: a version, a tag, the fields. Everything that a peer may make long has a bound
// here, and the sender keeps the same bounds, so that no honest frame is ever refused.
import type { Round } from "../ids.ts";
import { invariant, unreachable } from "../invariant.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import type { Message } from "../message.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { BlockContext } from "./block-context.ts";
import { blockBytesMax } from "./body.ts";
import { CURSOR_BYTES_MAX } from "./cursor.ts";
import { Reader } from "./reader.ts";
import { REF_BYTES_MIN, readDigest, readRef, writeRef } from "./refs.ts";
import { varintBytes, Writer } from "./writer.ts";

/** Blocks of one frame; their bytes together stay below `FRAME_BYTES_MAX`. */
export const BLOCKS_PER_FRAME_MAX = 4096;
/** Refs of one `fetch`. */
export const REFS_PER_FETCH_MAX = 1024;
/** Digests of one `digests`, and commits asked for by one `digest-request`. */
export const DIGESTS_PER_FRAME_MAX = 1024;
/** Bytes of one piece of a snapshot. */
export const SNAPSHOT_PIECE_BYTES_MAX: number = 1024 * 1024;

/** Version, tag and the number of blocks. */
const FRAME_HEAD_BYTES = 5;

const VERSION = 1;

const TAGS = {
  blocks: 1,
  fetch: 2,
  heads: 3,
  want: 4,
  "frontier-request": 5,
  frontier: 6,
  "recovery-request": 7,
  recovery: 8,
  "digest-request": 9,
  digests: 10,
  "snapshot-request": 11,
  snapshot: 12,
} as const satisfies Record<Message["kind"], number>;

const KINDS: ReadonlyMap<number, Message["kind"]> = new Map(
  (Object.keys(TAGS) as Message["kind"][]).map((kind) => [TAGS[kind], kind]),
);

const DESK_BYTES = 16 * 1024;
/** Where all but large frames are put together: most are too small to be worth memory of their own twice. */
const desk = new Writer(DESK_BYTES);

/** What messages are read and written against: part of what blocks are. */
export type MessageContext = Pick<BlockContext, "committee" | "limits">;

/** A message as one frame. Whoever makes it keeps the bounds above. */
export function encodeMessage(message: Message, context: MessageContext): Uint8Array {
  const size = sizeHint(message);
  const writer = size > DESK_BYTES ? new Writer(size) : desk;
  writer.clear();
  writer.byte(VERSION);
  writer.byte(TAGS[message.kind]);
  writeFields(writer, message, context);
  const frame = writer.written().slice();
  invariant(frame.length <= FRAME_BYTES_MAX, () => `a ${message.kind} frame of ${frame.length} bytes is too large`);
  return frame;
}

/** Reads one frame. Byte fields are views of `bytes`, which must not change afterwards. Never throws. */
export function decodeMessage(bytes: Uint8Array, context: MessageContext): Message | Rejection {
  return decodeMessageFrom(new Reader(bytes), context);
}

/** The same from a reader at its start, for whoever wants to see what was granted. */
export function decodeMessageFrom(reader: Reader, context: MessageContext): Message | Rejection {
  const size = reader.bytes.length;
  if (size > FRAME_BYTES_MAX) return reject("too-large", { size, max: FRAME_BYTES_MAX });
  const version = reader.byte();
  if (reader.failure === undefined && version !== VERSION) reader.fail("bad-version", { version, expected: VERSION });
  const tag = reader.byte();
  const kind = KINDS.get(tag);
  if (reader.failure === undefined && kind === undefined) reader.fail("bad-tag", { tag });
  if (kind === undefined || reader.failure !== undefined) return reader.failure ?? reject("bad-tag", { tag });
  const message = readFields(reader, kind, context);
  reader.end();
  return reader.failure ?? message;
}

/** Encoded blocks in groups, in order, each of which fits one `blocks` frame. */
export function splitBlocks(blocks: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = [];
  let room = 0;
  for (const block of blocks) {
    const size = varintBytes(block.length) + block.length;
    const last = groups.at(-1);
    if (last !== undefined && size <= room && last.length < BLOCKS_PER_FRAME_MAX) {
      last.push(block);
      room -= size;
    } else {
      groups.push([block]);
      room = FRAME_BYTES_MAX - FRAME_HEAD_BYTES - size;
    }
  }
  return groups;
}

function writeFields(writer: Writer, message: Message, context: MessageContext): void {
  switch (message.kind) {
    case "blocks":
      invariant(message.blocks.length <= BLOCKS_PER_FRAME_MAX, "too many blocks for a frame");
      writer.varint(message.blocks.length);
      for (const block of message.blocks) writer.sized(block);
      return;
    case "fetch":
      invariant(message.refs.length <= REFS_PER_FETCH_MAX, "too many refs for a fetch");
      writer.varint(message.refs.length);
      for (const ref of message.refs) writeRef(writer, ref, context);
      return;
    case "heads":
      writeRounds(writer, message.rounds, context);
      writer.varint(message.floor);
      writer.varint(message.index);
      writer.sizedHex(message.digest);
      writer.varint(message.checkpoint);
      writer.varint(message.sentAt);
      writer.varint(message.echo);
      writer.varint(message.wall);
      writer.flag(message.needy);
      return;
    case "want":
      writeRounds(writer, message.rounds, context);
      return;
    case "frontier-request":
      writer.varint(message.id);
      return;
    case "frontier":
      writer.varint(message.id);
      writer.sized(message.head);
      return;
    case "recovery-request":
      writer.varint(message.nonce);
      return;
    case "recovery":
      writer.varint(message.nonce);
      writer.sized(message.head);
      writeRounds(writer, message.rounds, context);
      writer.varint(message.floor);
      return;
    case "digest-request":
      invariant(isDigestRange(message.from, message.to), "a digest request asks for some commits, and not too many");
      writer.varint(message.from);
      writer.varint(message.to);
      return;
    case "digests":
      invariant(message.digests.length <= DIGESTS_PER_FRAME_MAX, "too many digests for a frame");
      writer.varint(message.from);
      writer.varint(message.digests.length);
      for (const digest of message.digests) writer.sizedHex(digest);
      return;
    case "snapshot-request":
      writer.varint(message.index);
      writer.varint(message.offset);
      return;
    case "snapshot":
      invariant(message.cursor.length === 0 || message.offset === 0, "a cursor comes with the first piece only");
      invariant(message.cursor.length <= CURSOR_BYTES_MAX, "a cursor is too large");
      invariant(message.bytes.length <= SNAPSHOT_PIECE_BYTES_MAX, "a piece of a snapshot is too large");
      invariant(message.offset + message.bytes.length <= message.total, "a piece of a snapshot lies within it");
      writer.varint(message.index);
      writer.varint(message.offset);
      writer.varint(message.total);
      writer.sized(message.cursor);
      writer.sized(message.bytes);
      return;
    default:
      unreachable(message);
  }
}

function readFields(reader: Reader, kind: Message["kind"], context: MessageContext): Message {
  switch (kind) {
    case "blocks": {
      const max = blockBytesMax(context);
      return { kind, blocks: readList(reader, BLOCKS_PER_FRAME_MAX, 1, () => reader.sized(max)) };
    }
    case "fetch":
      return {
        kind,
        refs: readList(reader, REFS_PER_FETCH_MAX, REF_BYTES_MIN, () => {
          const ref = readRef(reader, context);
          // Round 0 is implicit: nobody can lack it.
          if (ref.round === 0) reader.fail("bad-round", { round: 0 });
          return ref;
        }),
      };
    case "heads":
      return {
        kind,
        rounds: readRounds(reader, context),
        floor: reader.round(),
        index: reader.varint(),
        digest: readDigest(reader),
        checkpoint: reader.varint(),
        sentAt: reader.varint(),
        echo: reader.varint(),
        wall: reader.varint(),
        needy: reader.flag(),
      };
    case "want":
      return { kind, rounds: readRounds(reader, context) };
    case "frontier-request":
      return { kind, id: reader.varint() };
    case "frontier":
      return { kind, id: reader.varint(), head: reader.sized(blockBytesMax(context)) };
    case "recovery-request":
      return { kind, nonce: reader.varint() };
    case "recovery":
      return {
        kind,
        nonce: reader.varint(),
        head: reader.sized(blockBytesMax(context)),
        rounds: readRounds(reader, context),
        floor: reader.round(),
      };
    case "digest-request": {
      const from = reader.varint();
      const to = reader.varint();
      if (reader.failure === undefined && !isDigestRange(from, to)) reader.fail("bad-number", { from, to });
      return { kind, from, to };
    }
    case "digests":
      return {
        kind,
        from: reader.varint(),
        digests: readList(reader, DIGESTS_PER_FRAME_MAX, 1, () => readDigest(reader)),
      };
    case "snapshot-request":
      return { kind, index: reader.varint(), offset: reader.varint() };
    case "snapshot": {
      const index = reader.varint();
      const offset = reader.varint();
      const total = reader.varint();
      const cursor = reader.sized(CURSOR_BYTES_MAX);
      const bytes = reader.sized(SNAPSHOT_PIECE_BYTES_MAX);
      if (cursor.length > 0 && offset > 0) reader.fail("non-canonical", { cursorBytes: cursor.length, offset });
      if (offset + bytes.length > total) reader.fail("bad-number", { offset, bytes: bytes.length, total });
      return { kind, index, offset, total, cursor, bytes };
    }
    default:
      return unreachable(kind);
  }
}

/** One round a member: the vector has no length of its own, since both sides know the committee. */
function writeRounds(writer: Writer, rounds: readonly Round[], context: MessageContext): void {
  invariant(rounds.length === context.committee.members.length, "a vector of rounds has one entry a member");
  for (const round of rounds) writer.varint(round);
}

function readRounds(reader: Reader, context: MessageContext): readonly Round[] {
  const count = context.committee.members.length;
  const rounds: Round[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) rounds.push(reader.round());
  reader.granted += rounds.length;
  return rounds;
}

function readList<T>(reader: Reader, max: number, entryBytesMin: number, readEntry: () => T): readonly T[] {
  const count = reader.count(max, entryBytesMin);
  const entries: T[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index++) entries.push(readEntry());
  return entries;
}

function isDigestRange(from: number, to: number): boolean {
  return from <= to && to - from < DIGESTS_PER_FRAME_MAX;
}

function sizeHint(message: Message): number {
  switch (message.kind) {
    case "blocks":
      return message.blocks.reduce((total, block) => total + block.length + 4, 8);
    case "frontier":
      return message.head.length + 16;
    case "snapshot":
      return message.bytes.length + message.cursor.length + 40;
    default:
      return 128;
  }
}
