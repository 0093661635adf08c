// Refs and digests where they stand alone: in messages and cursors. A block's own parents are packed tighter, in its
// header.
import { type BlockRef, type Digest, GENESIS_DIGEST } from "../ids.ts";
import { type BlockContext, DIGEST_BYTES, isSigned } from "./block-context.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Digests outside of blocks say their own length, up to this; empty stands for "none". */
export const DIGEST_BYTES_MAX = 64;

/** The least that a ref takes. */
export const REF_BYTES_MIN = 2;

/** Author, round and, where digests tell twins apart, the digest. */
export function writeRef(writer: Writer, ref: BlockRef, context: Pick<BlockContext, "committee">): void {
  writer.varint(ref.author);
  writer.varint(ref.round);
  if (namesByDigest(ref.round, context)) writer.hex(ref.digest);
}

export function readRef(reader: Reader, context: Pick<BlockContext, "committee">): BlockRef {
  const author = reader.varintUpTo(context.committee.members.length - 1, "unknown-author");
  const round = reader.round();
  reader.granted += 1;
  return { round, author, digest: namesByDigest(round, context) ? reader.hex(DIGEST_BYTES) : GENESIS_DIGEST };
}

export function readDigest(reader: Reader): Digest {
  return reader.sizedHex(DIGEST_BYTES_MAX);
}

function namesByDigest(round: number, context: Pick<BlockContext, "committee">): boolean {
  return round > 0 && isSigned(context);
}
