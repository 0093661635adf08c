// What a replica says its state is. Two values, both updated by each commit:
// the content is a hash over the multiset of all entries, so that a snapshot is verified by what it holds, whatever
// way it came about; the running digest chains every commit's replies and writes, so that a divergence shows at the
// commit where it happened. A commit's digest binds both.
import type { ByteString } from "../bytes/byte-string.ts";

/** A hash over a multiset: entries are added and taken away in any order. */
export interface ContentHash {
  add(key: ByteString, value: ByteString): void;
  remove(key: ByteString, value: ByteString): void;
  /** The hash so far; equal contents give equal values, whatever their history. */
  value(): ByteString;
}

/** How hard it must be to forge: fast against accidents (crash mode), cryptographic against liars (Byzantine mode). */
export interface Digester {
  /** A digest of some bytes, in the length that the mode uses. */
  digest(bytes: ByteString): ByteString;
  /** The content hash that `value` described; of nothing when left out. */
  content(value?: ByteString): ContentHash;
}
