// What is hashed together is joined here first, in memory that is kept: hashes lie on the way of every block, and joining
// them anew would be most of what that way allocates. The memory stays as large as the largest block that was hashed.
import type { Digest } from "../ids.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { BlockContext } from "./block-context.ts";
import { Writer } from "./writer.ts";

const joined = new Writer(1024);

/** Says what a hash is of, so that no bytes mean two things: the words, closed by a zero byte. */
export function domainTag(words: string): Uint8Array {
  return Uint8Array.from(`${words}\0`, (letter) => letter.charCodeAt(0));
}

/** Hash of some bytes in their domain and their cluster. */
export function hashInDomain(domain: Uint8Array, bytes: Uint8Array, context: BlockContext): Uint8Array {
  joined.clear();
  joined.raw(domain);
  joined.raw(context.genesisHash);
  joined.raw(bytes);
  return context.crypto.hash(joined.written());
}

/** Checksum of some bytes in their cluster. */
export function checksumInCluster(bytes: Uint8Array, context: BlockContext): Uint8Array {
  joined.clear();
  joined.raw(context.genesisHash);
  joined.raw(bytes);
  return context.crypto.checksum(joined.written());
}

/** One hash over several digests. */
export function hashDigests(digests: Iterable<Digest>, crypto: Pick<Crypto, "hash">): Uint8Array {
  joined.clear();
  for (const digest of digests) joined.hex(digest);
  return crypto.hash(joined.written());
}
