// What the core needs of cryptography. Filled by Node's own in production and by a toy in the simulator.
import type { AuthorIndex } from "../ids.ts";

/** Hashes, and under Byzantine faults signatures. Pure: the same input gives the same answer. */
export interface Crypto {
  /** A collision-resistant 32-byte hash. Names blocks under Byzantine faults and chains commits. */
  hash(bytes: Uint8Array): Uint8Array;
  /** An 8-byte checksum of content: a tripwire for amnesia and rot under crash faults, not a defence against liars. */
  checksum(bytes: Uint8Array): Uint8Array;
  /** Signs with this replica's own key. Never called under crash faults. */
  sign(bytes: Uint8Array): Uint8Array;
  /** Whether `signature` over `bytes` is by that member of the committee. Never called under crash faults. */
  verify(author: AuthorIndex, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** Bytes of a signature, in every mode that has one. */
export const SIGNATURE_BYTES = 64;
