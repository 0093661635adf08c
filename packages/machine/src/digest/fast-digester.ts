// The digester of crash mode: finds accidents, not forgeries. Two lanes of 32-bit multiplications give 8-byte digests;
// the content hash adds up 16 bytes an entry, lane by lane.
import { toHex } from "@quorate/core";
import { type ByteString, bytesOf } from "../bytes/byte-string.ts";
import type { ContentHash, Digester } from "./digester.ts";

const LANES = 4;

class FastContent implements ContentHash {
  readonly #lanes: Uint32Array = new Uint32Array(LANES);
  readonly #entry: Uint32Array = new Uint32Array(LANES);

  constructor(value: ByteString | undefined) {
    if (value !== undefined) for (let lane = 0; lane < LANES; lane++) this.#lanes[lane] = readWord(value, 4 * lane);
  }

  add(key: ByteString, value: ByteString): void {
    this.#hash(key, value);
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane]! += this.#entry[lane]!;
  }

  remove(key: ByteString, value: ByteString): void {
    this.#hash(key, value);
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane]! -= this.#entry[lane]!;
  }

  value(): ByteString {
    let text = "";
    for (const lane of this.#lanes) text += word(lane);
    return text;
  }

  #hash(key: ByteString, value: ByteString): void {
    const entry = this.#entry;
    mix(key, 0x243f6a88 ^ key.length, 0x85a308d3, entry);
    mix(value, entry[0]!, entry[1]! ^ value.length, entry);
    entry[2] = finish(entry[0]! + Math.imul(entry[1]!, 0x9e3779b1));
    entry[3] = finish(entry[1]! ^ Math.imul(entry[0]!, 0x85ebca77));
  }
}

export const fastDigester: Digester = {
  digest(bytes: ByteString): ByteString {
    const lanes = new Uint32Array(2);
    mix(bytes, 0x13198a2e ^ bytes.length, 0x03707344, lanes);
    return word(lanes[0]!) + word(lanes[1]!);
  },
  content: (value?: ByteString): ContentHash => new FastContent(value),
};

/** Two lanes that take every second byte pair each and cross at the end. Writes lanes 0 and 1 of `out`. */
function mix(text: ByteString, left: number, right: number, out: Uint32Array): void {
  const even = text.length & ~3;
  for (let index = 0; index < even; index += 4) {
    const one = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
    const other = text.charCodeAt(index + 2) | (text.charCodeAt(index + 3) << 16);
    left = Math.imul(left ^ one, 0xcc9e2d51);
    left ^= left >>> 15;
    right = Math.imul(right ^ other ^ left, 0x1b873593);
    right ^= right >>> 13;
    left = (left + right) | 0;
  }
  for (let index = even; index < text.length; index++) {
    left = Math.imul(left ^ text.charCodeAt(index), 0x01000193);
    right = Math.imul(right + left, 0xcc9e2d51);
    right ^= right >>> 13;
  }
  out[0] = finish(left ^ (right >>> 1));
  out[1] = finish(right + Math.imul(left, 0x27d4eb2f));
}

function finish(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

function word(value: number): ByteString {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function readWord(text: ByteString, offset: number): number {
  const at = (place: number): number => text.charCodeAt(offset + place);
  return ((at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3)) >>> 0;
}

/** A digest as the core carries it. */
export function hexDigest(digest: ByteString): string {
  return toHex(bytesOf(digest));
}
