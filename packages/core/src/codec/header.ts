// The head of a block, as bytes: who speaks in which round, the parents that are its votes, and what binds the body.
//
//   mode and flags · epoch · author · round · own parent's Δround [digest] · bitmap of the others at round − 1 [digests]
//   · late parents (author, Δround [digest]) · timestamp · commit vote · [evidence root] · [payload root]
//
// What stands in brackets exists where members may lie; there the head and its signature can travel without the body.
// The law: one head, one encoding. The own parent is never in the bitmap, a parent at round − 1 is never in the late
// list, authors ascend, unused bits are zero: whatever is read is written again as the same bytes.

import type { CommitVote } from "../dag/block.ts";
import { type AuthorIndex, type BlockRef, type Digest, GENESIS_DIGEST, type Millis, type Round } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { SIGNATURE_BYTES } from "../ports/crypto.ts";
import { type Rejection, reject } from "../rejection.ts";
import { type BlockContext, DIGEST_BYTES, isSigned, voteDigestBytes } from "./block-context.ts";
import { digestText } from "./digest-text.ts";
import { domainTag, hashInDomain } from "./hashing.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** What a header says. The roots are hashes of the body's sections; a section that is empty has none. */
export interface BlockHeader {
  readonly epoch: number;
  readonly author: AuthorIndex;
  readonly round: Round;
  readonly parents: readonly BlockRef[];
  readonly timestamp: Millis;
  readonly recovered: boolean;
  readonly commitVote: CommitVote | undefined;
  readonly hasEvidence: boolean;
  readonly hasPayload: boolean;
  readonly evidenceRoot: Uint8Array | undefined;
  readonly payloadRoot: Uint8Array | undefined;
}

/** A header with its signature, as one travels in a proof of equivocation. */
export interface SignedHeader {
  readonly header: BlockHeader;
  readonly digest: Digest;
  /** What is signed: the bytes of the digest. */
  readonly digestBytes: Uint8Array;
  readonly signature: Uint8Array;
}

// The high half of the first byte tells the mode and the version of the layout, the low half the flags.
const PLAIN = 0x10;
const SIGNED = 0x20;
const MODE = 0xf0;
const RECOVERED = 1;
const VOTE = 2;
const PAYLOAD = 4;
const EVIDENCE = 8;

const HEADER_DOMAIN = domainTag("quorate block header 1");

/** An upper bound on a header's size, signature included. */
export function headerBytesMax(memberCount: number): number {
  return 256 + Math.ceil(memberCount / 8) + memberCount * (DIGEST_BYTES + 13) + SIGNATURE_BYTES;
}

/** The parents in their one order: the author's own first, the others ascending by author. */
export function canonicalParents(parents: readonly BlockRef[], author: AuthorIndex): BlockRef[] {
  return parents.toSorted(
    (left, right) =>
      Number(right.author === author) - Number(left.author === author) ||
      left.author - right.author ||
      left.round - right.round ||
      (left.digest < right.digest ? -1 : left.digest > right.digest ? 1 : 0),
  );
}

/** Writes a header that obeys the rules; anything else is our bug. */
export function writeHeader(writer: Writer, header: BlockHeader, context: BlockContext): void {
  const signed = isSigned(context);
  const { author, round, parents, commitVote } = header;
  writer.byte(
    (signed ? SIGNED : PLAIN) |
      (header.recovered ? RECOVERED : 0) |
      (commitVote === undefined ? 0 : VOTE) |
      (header.hasPayload ? PAYLOAD : 0) |
      (header.hasEvidence ? EVIDENCE : 0),
  );
  writer.varint(header.epoch);
  writer.varint(author);
  writer.varint(round);
  const own = parents[0];
  invariant(own !== undefined && own.author === author, "a block's first parent is its author's own");
  writer.varint(round - own.round);
  if (signed) writeDigest(writer, own);
  const bitmap = new Uint8Array(Math.ceil(context.committee.members.length / 8));
  let lateCount = 0;
  for (let index = 1; index < parents.length; index++) {
    const parent = parents[index]!;
    if (parent.round === round - 1) bitmap[parent.author >> 3]! |= 1 << (parent.author & 7);
    else lateCount += 1;
  }
  writer.raw(bitmap);
  if (signed) {
    for (let index = 1; index < parents.length; index++) {
      if (parents[index]!.round === round - 1) writeDigest(writer, parents[index]!);
    }
  }
  writer.varint(lateCount);
  for (let index = 1; lateCount > 0 && index < parents.length; index++) {
    const parent = parents[index]!;
    if (parent.round === round - 1) continue;
    writer.varint(parent.author);
    writer.varint(round - parent.round);
    if (signed) writeDigest(writer, parent);
  }
  writer.varint(header.timestamp);
  if (commitVote !== undefined) {
    invariant(commitVote.digest.length === 2 * voteDigestBytes(context), "a commit vote's digest has its mode's size");
    writer.varint(commitVote.index);
    writer.hex(commitVote.digest);
  }
  if (header.evidenceRoot !== undefined) writer.raw(header.evidenceRoot);
  if (header.payloadRoot !== undefined) writer.raw(header.payloadRoot);
}

/** Reads a header in its canonical form. Whether it obeys the rules of validity is another question. */
export function readHeader(reader: Reader, context: BlockContext): BlockHeader | undefined {
  const { committee } = context;
  const signed = isSigned(context);
  const memberCount = committee.members.length;
  const first = reader.byte();
  if (reader.failure !== undefined) return undefined;
  if ((first & MODE) !== (signed ? SIGNED : PLAIN)) reader.fail("bad-version", { mode: first >> 4 });
  if (!signed && (first & EVIDENCE) !== 0) reader.fail("bad-tag", { flags: first & 0x0f });
  const epoch = reader.varint();
  // Another epoch has other members: nothing after this could be read.
  if (reader.failure === undefined && epoch !== committee.epoch) {
    reader.fail("wrong-epoch", { expected: committee.epoch, actual: epoch });
  }
  const author = reader.varintUpTo(memberCount - 1, "unknown-author");
  const round = reader.round();
  if (reader.failure !== undefined) return undefined;
  const parents = readParents(reader, { author, round, memberCount, signed });
  const timestamp = reader.varint();
  let commitVote: CommitVote | undefined;
  if ((first & VOTE) !== 0) {
    const index = reader.varint();
    if (index === 0) reader.fail("bad-number", { commitIndex: index });
    commitVote = { index, digest: reader.hex(voteDigestBytes(context)) };
  }
  const hasEvidence = (first & EVIDENCE) !== 0;
  const hasPayload = (first & PAYLOAD) !== 0;
  const evidenceRoot = hasEvidence ? reader.take(DIGEST_BYTES) : undefined;
  const payloadRoot = signed && hasPayload ? reader.take(DIGEST_BYTES) : undefined;
  if (reader.failure !== undefined) return undefined;
  const recovered = (first & RECOVERED) !== 0;
  return {
    epoch,
    author,
    round,
    parents,
    timestamp,
    recovered,
    commitVote,
    hasEvidence,
    hasPayload,
    evidenceRoot,
    payloadRoot,
  };
}

interface ParentsShape {
  readonly author: AuthorIndex;
  readonly round: Round;
  readonly memberCount: number;
  readonly signed: boolean;
}

function readParents(reader: Reader, shape: ParentsShape): BlockRef[] {
  const { author, round, memberCount, signed } = shape;
  const parents: BlockRef[] = [readParent(reader, author, readDelta(reader, round), signed)];
  const bitmapBytes = (memberCount + 7) >> 3;
  const bitmapAt = reader.offset;
  if (reader.remaining < bitmapBytes) {
    reader.fail("truncated", { bitmapBytes });
    return parents;
  }
  reader.offset += bitmapBytes;
  for (let base = 0; base < bitmapBytes; base++) {
    const bits = reader.bytes[bitmapAt + base]!;
    for (let bit = 0; bits >> bit !== 0; bit++) {
      if (((bits >> bit) & 1) === 0) continue;
      const parentAuthor = 8 * base + bit;
      if (parentAuthor >= memberCount) reader.fail("non-canonical", { bit: parentAuthor, memberCount });
      parents.push(readParent(reader, parentAuthor, round - 1, signed));
    }
  }
  const lateCount = reader.count(memberCount, 2);
  if (lateCount === 0) return parents;
  const late: BlockRef[] = [];
  for (let index = 0; index < lateCount && reader.failure === undefined; index++) {
    const lateAuthor = reader.varintUpTo(memberCount - 1, "unknown-author");
    const parentRound = readDelta(reader, round);
    // A parent one round below has its place in the bitmap.
    if (parentRound === round - 1) reader.fail("non-canonical", { author: lateAuthor, round: parentRound });
    late.push(readParent(reader, lateAuthor, parentRound, signed));
  }
  return mergeByAuthor(parents, late);
}

/** The round of a parent, told as its distance below the block. */
function readDelta(reader: Reader, round: Round): Round {
  const delta = reader.varint();
  if (reader.failure !== undefined) return 0;
  if (delta > round) return reader.fail("bad-round", { round, delta });
  return round - delta;
}

function readParent(reader: Reader, author: AuthorIndex, round: Round, signed: boolean): BlockRef {
  reader.granted += 1;
  return { round, author, digest: signed && round > 0 ? reader.hex(DIGEST_BYTES) : GENESIS_DIGEST };
}

/** Both lists into one that ascends by author wherever both do; what does not ascend stays so, and is refused later. */
function mergeByAuthor(parents: readonly BlockRef[], late: readonly BlockRef[]): BlockRef[] {
  const merged: BlockRef[] = [parents[0]!];
  let next = 0;
  for (let index = 1; index < parents.length; index++) {
    const strong = parents[index]!;
    while (next < late.length && late[next]!.author < strong.author) merged.push(late[next++]!);
    merged.push(strong);
  }
  while (next < late.length) merged.push(late[next++]!);
  return merged;
}

function writeDigest(writer: Writer, ref: BlockRef): void {
  if (ref.round === 0) return;
  invariant(ref.digest.length === 2 * DIGEST_BYTES, () => `parent of round ${ref.round} lacks its digest`);
  writer.hex(ref.digest);
}

/** Names a signed block: a hash over its header, without the signature, so that a second signature makes no twin. */
export function headerDigest(headerBytes: Uint8Array, context: BlockContext): Uint8Array {
  return hashInDomain(HEADER_DOMAIN, headerBytes, context);
}

/** Reads a header that travels with its signature but without its body. Does not verify the signature. */
export function decodeHeader(bytes: Uint8Array, context: BlockContext): SignedHeader | Rejection {
  if (!isSigned(context)) return reject("bad-version", { reason: "blocks of this cluster carry no signature" });
  const reader = new Reader(bytes);
  const header = readHeader(reader, context);
  const headerBytes = bytes.subarray(0, reader.offset);
  const signature = reader.take(SIGNATURE_BYTES);
  reader.end();
  if (header === undefined || reader.failure !== undefined) return reader.failure ?? reject("truncated");
  const digestBytes = headerDigest(headerBytes, context);
  return { header, digest: digestText(digestBytes), digestBytes, signature };
}
