// What a block is read and written against: the same values for every block of one epoch, so a replica makes one
// context and hands it to every call.
import type { Committee } from "../committee/committee.ts";
import type { Limits } from "../limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import { Writer } from "./writer.ts";

export interface BlockContext {
  readonly committee: Committee;
  readonly limits: Limits;
  readonly crypto: Crypto;
  /** Binds every checksum and digest to one cluster: bytes of another one never pass. */
  readonly genesisHash: Uint8Array;
}

/** Bytes of a digest that names a block or votes for a commit where members may lie. */
export const DIGEST_BYTES = 32;

/** Bytes of the checksum that ends a block, and of the digest in a commit vote, where nobody lies. */
export const CHECKSUM_BYTES = 8;

/** Whether blocks of this committee are signed and named by digest. */
export function isSigned(context: Pick<BlockContext, "committee">): boolean {
  return context.committee.fault.byzantine > 0;
}

/** Bytes of a commit vote's digest in this mode. */
export function voteDigestBytes(context: Pick<BlockContext, "committee">): number {
  return isSigned(context) ? DIGEST_BYTES : CHECKSUM_BYTES;
}

/** Says what a hash is of, so that no bytes mean two things: the words, closed by a zero byte. */
export function domainTag(words: string): Uint8Array {
  return Uint8Array.from(`${words}\0`, (letter) => letter.charCodeAt(0));
}

const together = new Writer(1024);

/** Joins what is hashed at once: the next call outdates the answer, and nothing is allocated for it. */
export function joinToHash(...parts: readonly Uint8Array[]): Uint8Array {
  together.clear();
  for (const part of parts) together.raw(part);
  return together.written();
}

/** Hash of some bytes in their domain and their cluster. */
export function hashInDomain(domain: Uint8Array, bytes: Uint8Array, context: BlockContext): Uint8Array {
  return context.crypto.hash(joinToHash(domain, context.genesisHash, bytes));
}
