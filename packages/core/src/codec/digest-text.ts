// The text of digests. A digest arrives once with its block and once more with every block that names it, and texts that
// are the same string compare and hash at once: so the newest are remembered.
//
// The law it keeps: the answer depends on the bytes alone. Whoever floods us with digests that share a place makes each be
// spelled out again, as it would be without a memory.
import { toHex } from "../bytes.ts";
import { DIGEST_BYTES } from "./block-context.ts";

/** A power of two: some rounds of a hundred members. */
const PLACES = 4096;

const bytesAt = new Uint8Array(PLACES * DIGEST_BYTES);
const textAt: (string | undefined)[] = Array.from({ length: PLACES }, () => undefined);

/** Lower-case hex of the digest that begins there. */
export function digestText(bytes: Uint8Array, offset: number = 0): string {
  const place = (bytes[offset]! | (bytes[offset + 1]! << 8)) & (PLACES - 1);
  const base = place * DIGEST_BYTES;
  const remembered = textAt[place];
  if (remembered !== undefined) {
    let at = 0;
    while (at < DIGEST_BYTES && bytesAt[base + at] === bytes[offset + at]) at += 1;
    if (at === DIGEST_BYTES) return remembered;
  }
  const digest = bytes.subarray(offset, offset + DIGEST_BYTES);
  const text = toHex(digest);
  bytesAt.set(digest, base);
  textAt[place] = text;
  return text;
}
