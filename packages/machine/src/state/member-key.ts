// Where a member of a set or a field of a hash stands in its tree: by hash, then by its bytes. A scan's cursor is a
// number that names a place among the hashes, so no write between two steps can move what the scan has yet to meet.
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48 } from "../bytes/packing.ts";
import { hash48 } from "./layout.ts";

const PLACE_BYTES = 6;

/** The tree's key for a member or field. */
export function memberKey(member: ByteString): ByteString {
  return hash48(member) + member;
}

/** The first six bytes of the key as a number: what a scan's cursor counts in. */
export function placeOf(member: ByteString): number {
  return readU48(hash48(member), 0);
}

/** The member or field that a tree's key stands for. */
export function memberOf(treeKey: ByteString): ByteString {
  return treeKey.slice(PLACE_BYTES);
}
