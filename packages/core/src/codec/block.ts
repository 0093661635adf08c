// Blocks as bytes, and bytes as valid blocks: nothing comes out of `decodeBlock` that breaks a rule which can be judged
// from the block alone, and whatever comes out has exactly one encoding, the bytes it came from.
//
//   crash faults:      header · [payload] · 8-byte checksum over genesis hash and all before it
//   Byzantine faults:  header · Ed25519 signature over the header's digest · [evidence] · [payload]
//
// The checksum is a tripwire for rot and for frames of another cluster, not a defence against liars: where nobody lies
// the link itself is authenticated.
import { concatBytes, equalBytes, toHex } from "../bytes.ts";
import type { Block, BlockContent } from "../dag/block.ts";
import { checkBlock, checkBody, checkParents } from "../dag/validity.ts";
import { type Digest, GENESIS_DIGEST, type Slot } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { SIGNATURE_BYTES } from "../ports/crypto.ts";
import { printRejection, type Rejection, reject } from "../rejection.ts";
import { type BlockContext, CHECKSUM_BYTES, isSigned } from "./block-context.ts";
import {
  blockBytesMax,
  bodyBytesOf,
  evidenceRoot,
  payloadBytesOf,
  payloadRoot,
  readEvidence,
  readPayload,
  writeEvidence,
  writePayload,
} from "./body.ts";
import { digestText } from "./digest-text.ts";
import { checksumInCluster } from "./hashing.ts";
import { type BlockHeader, headerBytesMax, headerDigest, readHeader, writeHeader } from "./header.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

export type { BlockContext } from "./block-context.ts";
export { blockBytesMax } from "./body.ts";
export { equivocationProof, signedHeaderOf, verifyEquivocation } from "./evidence.ts";
export { canonicalParents, decodeHeader, type SignedHeader } from "./header.ts";

const NOTHING = new Uint8Array(0);

/** Makes the block that an author decided on: bytes, name and, where it applies, signature. Its content must be valid. */
export function encodeBlock(content: BlockContent, context: BlockContext): Block {
  const refused = checkBlock(content, context);
  invariant(refused === undefined, () => `own block is invalid: ${printRejection(refused!)}`);
  return isSigned(context) ? encodeSigned(content, context) : encodePlain(content, context);
}

/** Reads one block. The block keeps views of `bytes`, which must not change afterwards. Never throws. */
export function decodeBlock(bytes: Uint8Array, context: BlockContext): Block | Rejection {
  return decodeBlockFrom(new Reader(bytes), context);
}

/** The same from a reader at its start, for whoever wants to see what was granted. */
export function decodeBlockFrom(reader: Reader, context: BlockContext): Block | Rejection {
  const size = reader.bytes.length;
  const max = blockBytesMax(context);
  if (size > max) return reject("too-large", { size, max });
  return isSigned(context) ? decodeSigned(reader, context) : decodePlain(reader, context);
}

/** Author and round as the head of these bytes claims them: unverified, good for finding out whether they are known. */
export function peekBlock(bytes: Uint8Array): Slot | undefined {
  const reader = new Reader(bytes);
  reader.byte();
  reader.varint();
  const author = reader.varint();
  const round = reader.varint();
  return reader.failure === undefined ? { author, round } : undefined;
}

function encodePlain(content: BlockContent, context: BlockContext): Block {
  const writer = new Writer(64 + bodyBytesOf(content) + context.committee.members.length * 2);
  writeHeader(writer, headerOf(content, undefined, undefined), context);
  if (content.payload.length > 0) writePayload(writer, content.payload);
  const checksum = checksumInCluster(writer.written(), context);
  writer.raw(checksum);
  return toBlock(content, writer.finish(), toHex(checksum), GENESIS_DIGEST);
}

function decodePlain(reader: Reader, context: BlockContext): Block | Rejection {
  const { bytes } = reader;
  const header = readHeader(reader, context);
  if (header === undefined) return reader.failure!;
  const payload = header.hasPayload ? readPayload(reader, context) : [];
  const contentEnd = reader.offset;
  const checksum = reader.take(CHECKSUM_BYTES);
  reader.end();
  if (reader.failure !== undefined) return reader.failure;
  if (!equalBytes(checksum, checksumInCluster(bytes.subarray(0, contentEnd), context))) {
    return reject("wrong-cluster", { author: header.author, round: header.round, checksum: toHex(checksum) });
  }
  const content = contentOf(header, [], payload);
  // The reader kept the limits of the body already.
  const refused = checkParents(content, context);
  return refused ?? toBlock(content, bytes, toHex(checksum), GENESIS_DIGEST);
}

function encodeSigned(content: BlockContent, context: BlockContext): Block {
  const evidence = section(content.evidence, writeEvidence);
  const payload = section(content.payload, writePayload);
  const writer = new Writer(headerBytesMax(context.committee.members.length));
  const header = headerOf(
    content,
    evidence.length > 0 ? evidenceRoot(evidence, context) : undefined,
    payload.length > 0 ? payloadRoot(payload, context) : undefined,
  );
  writeHeader(writer, header, context);
  const headerBytes = writer.finish();
  const digestBytes = headerDigest(headerBytes, context);
  const bytes = concatBytes([headerBytes, context.crypto.sign(digestBytes), evidence, payload]);
  const digest = digestText(digestBytes);
  return toBlock(content, bytes, digest, digest);
}

function decodeSigned(reader: Reader, context: BlockContext): Block | Rejection {
  const { bytes } = reader;
  const header = readHeader(reader, context);
  if (header === undefined) return reader.failure!;
  const headerEnd = reader.offset;
  const signature = reader.take(SIGNATURE_BYTES);
  const bodyStart = reader.offset;
  const evidence = header.hasEvidence ? readEvidence(reader, context) : [];
  const payloadStart = reader.offset;
  const payload = header.hasPayload ? readPayload(reader, context) : [];
  reader.end();
  if (reader.failure !== undefined) return reader.failure;
  const content = contentOf(header, evidence, payload);
  // Cheapest first: a stranger who floods us with nonsense pays more for it than we do.
  const refused = checkParents(content, context) ?? checkRoots();
  if (refused !== undefined) return refused;
  const digestBytes = headerDigest(bytes.subarray(0, headerEnd), context);
  if (!context.crypto.verify(header.author, digestBytes, signature)) {
    return reject("bad-signature", { author: header.author, round: header.round });
  }
  const digest = digestText(digestBytes);
  // Proofs are verified last: only a member can make us pay for that.
  return checkBody(content, context) ?? toBlock(content, bytes, digest, digest);

  function checkRoots(): Rejection | undefined {
    const { author, round } = header!;
    const { evidenceRoot: evidenceHash, payloadRoot: payloadHash } = header!;
    const evidenceBytes = bytes.subarray(bodyStart, payloadStart);
    if (evidenceHash !== undefined && !equalBytes(evidenceHash, evidenceRoot(evidenceBytes, context))) {
      return reject("bad-signature", { author, round, why: "the evidence is not what the header signs" });
    }
    if (payloadHash !== undefined && !equalBytes(payloadHash, payloadRoot(bytes.subarray(payloadStart), context))) {
      return reject("bad-signature", { author, round, why: "the payload is not what the header signs" });
    }
    return undefined;
  }
}

function section<T>(entries: readonly T[], write: (writer: Writer, entries: readonly T[]) => void): Uint8Array {
  if (entries.length === 0) return NOTHING;
  const writer = new Writer(256);
  write(writer, entries);
  return writer.finish();
}

function headerOf(
  content: BlockContent,
  evidenceHash: Uint8Array | undefined,
  payloadHash: Uint8Array | undefined,
): BlockHeader {
  const { epoch, author, round, parents, timestamp, recovered, commitVote } = content;
  return {
    epoch,
    author,
    round,
    parents,
    timestamp,
    recovered,
    commitVote,
    hasEvidence: content.evidence.length > 0,
    hasPayload: content.payload.length > 0,
    evidenceRoot: evidenceHash,
    payloadRoot: payloadHash,
  };
}

function contentOf(
  header: BlockHeader,
  evidence: BlockContent["evidence"],
  payload: BlockContent["payload"],
): BlockContent {
  const { epoch, author, round, parents, timestamp, recovered, commitVote } = header;
  return { epoch, author, round, parents, timestamp, recovered, commitVote, evidence, payload };
}

function toBlock(content: BlockContent, bytes: Uint8Array, contentDigest: Digest, name: Digest): Block {
  const { epoch, author, round, parents, timestamp, recovered, commitVote, evidence, payload } = content;
  return {
    epoch,
    author,
    round,
    parents,
    timestamp,
    recovered,
    commitVote,
    evidence,
    payload,
    ref: { round, author, digest: name },
    contentDigest,
    payloadBytes: payloadBytesOf(payload),
    bytes,
  };
}
