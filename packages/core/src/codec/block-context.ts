// What a block is read and written against: the same values for every block of one epoch, so a replica makes one
// context and hands it to every call.
import type { Committee } from "../committee/committee.ts";
import type { Limits } from "../limits.ts";
import type { Crypto } from "../ports/crypto.ts";

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
