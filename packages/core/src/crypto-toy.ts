// A toy in the place of cryptography, for simulators and tests. IT DEFENDS AGAINST NOTHING OUTSIDE A SIMULATOR: hashes
// collide for whoever looks for a collision, and whoever has the seed can sign for everybody.
//
// Inside a simulator it has what the protocol asks for. Equal input gives equal output on every platform; different
// input gives different output as far as chance goes; an adversary that only holds its own member's object cannot
// sign for another. It is written for speed, in 32-bit integers only: a run makes millions of calls.
import type { AuthorIndex } from "./ids.ts";
import { type Crypto, SIGNATURE_BYTES } from "./ports/crypto.ts";

/** What a toy knows: who it signs for, and the seed that all members of a run share. */
export interface ToyCryptoOptions {
  readonly self: AuthorIndex;
  readonly seed: number;
}

/** The toy of one member. Members of one run must share the seed, or their signatures do not verify. */
export function createToyCrypto({ self, seed }: ToyCryptoOptions): Crypto {
  return {
    hash: (bytes) => digest(bytes, { key: 0, tweak: 0, length: 32 }),
    checksum: (bytes) => digest(bytes, { key: 0, tweak: 1, length: 8 }),
    sign: (bytes) => signature(bytes, self, seed),
    verify: (author, bytes, given) => {
      if (given.length !== SIGNATURE_BYTES) return false;
      const expected = signature(bytes, author, seed);
      for (let index = 0; index < SIGNATURE_BYTES; index++) if (given[index] !== expected[index]) return false;
      return true;
    },
  };
}

function signature(bytes: Uint8Array, author: AuthorIndex, seed: number): Uint8Array {
  return digest(bytes, { key: (seed | 0) ^ 0x5bd1e995, tweak: author + 2, length: SIGNATURE_BYTES });
}

interface Shape {
  readonly key: number;
  readonly tweak: number;
  readonly length: number;
}

/** Mixes sixteen bytes a turn into four words, then draws words from them until the output is full. */
function digest(bytes: Uint8Array, { key, tweak, length }: Shape): Uint8Array {
  let a = 0x61707865 ^ key;
  let b = 0x3320646e ^ tweak;
  let c = 0x79622d32 ^ bytes.length;
  let d = 0x6b206574 ^ Math.imul(key, 0x9e3779b1) ^ Math.imul(tweak, 0x85ebca6b);
  const whole = bytes.length & ~15;
  let at = 0;
  for (; at < whole; at += 16) {
    a ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    b ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    c ^= bytes[at + 8]! | (bytes[at + 9]! << 8) | (bytes[at + 10]! << 16) | (bytes[at + 11]! << 24);
    d ^= bytes[at + 12]! | (bytes[at + 13]! << 8) | (bytes[at + 14]! << 16) | (bytes[at + 15]! << 24);
    a = (a + b) | 0;
    d = turn(d ^ a, 16);
    c = (c + d) | 0;
    b = turn(b ^ c, 12);
    a = (Math.imul(a, 0x9e3779b1) + b) | 0;
    d = turn(d ^ a, 8);
    c = (c + d) | 0;
    b = turn(b ^ c, 7);
  }
  // The tail, closed by a one, goes in byte by byte.
  a ^= 1 << (8 * (bytes.length & 3));
  for (; at < bytes.length; at++) {
    a = Math.imul(a ^ bytes[at]!, 0x01000193);
    b = (turn(b, 5) + a) | 0;
    d = turn(d ^ b, 11);
    c = (c + d) | 0;
  }
  const out = new Uint8Array(length);
  for (let filled = 0; filled < length; filled += 4) {
    // The first word waits for four full turns, so that every input bit has reached every word; later ones for one.
    for (let turns = filled === 0 ? 4 : 1; turns > 0; turns--) {
      a = (a + b) | 0;
      d = turn(d ^ a, 16);
      c = (c + d) | 0;
      b = turn(b ^ c, 12);
      a = (Math.imul(a, 0x85ebca6b) + b + 0x6d2b79f5) | 0;
      d = turn(d ^ a, 8);
      c = (c + d) | 0;
      b = turn(b ^ c, 7);
    }
    const word = a ^ turn(c, 13);
    out[filled] = word;
    out[filled + 1] = word >>> 8;
    out[filled + 2] = word >>> 16;
    out[filled + 3] = word >>> 24;
  }
  return out;
}

function turn(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
