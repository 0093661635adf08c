// The digester of Byzantine mode: nobody can make another state with the same digest. Digests are those of the hash
// that is given. The content hash is a lattice hash (LtHash, Bellare and Micciancio's sum of hashes over a lattice):
// each entry becomes 1,024 numbers of 16 bits, which are added lane by lane. A plain sum of 32-byte hashes would fall
// to a generalised birthday attack; finding small combinations in so many lanes is a hard lattice problem.
//
// The numbers of an entry come from its hash by the ChaCha20 block function, keyed with the hash: one cryptographic
// hash an entry instead of sixty-four.
import { type ByteString, byteString, bytesOf } from "../bytes/byte-string.ts";
import { sized } from "../bytes/packing.ts";
import type { ContentHash, Digester } from "./digester.ts";

const LANES = 1024;
const BLOCKS: number = LANES / 32;

/** A digester over a collision-resistant 32-byte hash: core's `Crypto.hash`. */
export function cryptographicDigester(hash: (bytes: Uint8Array) => Uint8Array): Digester {
  const digest = (bytes: ByteString): ByteString => byteString(hash(bytesOf(bytes)));
  return { digest, content: (value) => new LatticeContent(digest, value) };
}

class LatticeContent implements ContentHash {
  readonly #digest: (bytes: ByteString) => ByteString;
  readonly #lanes: Uint16Array = new Uint16Array(LANES);

  constructor(digest: (bytes: ByteString) => ByteString, value: ByteString | undefined) {
    this.#digest = digest;
    if (value === undefined) return;
    for (let lane = 0; lane < LANES; lane++)
      this.#lanes[lane] = value.charCodeAt(2 * lane) | (value.charCodeAt(2 * lane + 1) << 8);
  }

  add(key: ByteString, value: ByteString): void {
    this.#sum(key, value, 1);
  }

  remove(key: ByteString, value: ByteString): void {
    this.#sum(key, value, -1);
  }

  value(): ByteString {
    const bytes = new Uint8Array(2 * LANES);
    for (const [lane, value] of this.#lanes.entries()) {
      bytes[2 * lane] = value & 0xff;
      bytes[2 * lane + 1] = value >>> 8;
    }
    return byteString(bytes);
  }

  #sum(key: ByteString, value: ByteString, sign: 1 | -1): void {
    const state = keyedState(this.#digest(sized(key) + value));
    const lanes = this.#lanes;
    for (let block = 0; block < BLOCKS; block++) {
      state[12] = block;
      const words = chachaBlock(state);
      for (let word = 0; word < 16; word++) {
        const lane = 32 * block + 2 * word;
        lanes[lane] = lanes[lane]! + sign * (words[word]! & 0xffff);
        lanes[lane + 1] = lanes[lane + 1]! + sign * (words[word]! >>> 16);
      }
    }
  }
}

/** ChaCha20's state: its constants, a key of eight words, a counter, and a nonce of nothing. */
function keyedState(key: ByteString): Uint32Array {
  const state = new Uint32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let word = 0; word < 8; word++) {
    const at = 4 * word;
    state[4 + word] =
      key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24);
  }
  return state;
}

const working = new Uint32Array(16);

/** RFC 8439, section 2.3. The answer is overwritten by the next call. */
function chachaBlock(state: Uint32Array): Uint32Array {
  working.set(state);
  for (let round = 0; round < 10; round++) {
    quarter(0, 4, 8, 12);
    quarter(1, 5, 9, 13);
    quarter(2, 6, 10, 14);
    quarter(3, 7, 11, 15);
    quarter(0, 5, 10, 15);
    quarter(1, 6, 11, 12);
    quarter(2, 7, 8, 13);
    quarter(3, 4, 9, 14);
  }
  for (let word = 0; word < 16; word++) working[word] = working[word]! + state[word]!;
  return working;
}

function quarter(a: number, b: number, c: number, d: number): void {
  const words = working;
  words[a] = words[a]! + words[b]!;
  words[d] = rotate(words[d]! ^ words[a]!, 16);
  words[c] = words[c]! + words[d]!;
  words[b] = rotate(words[b]! ^ words[c]!, 12);
  words[a] = words[a]! + words[b]!;
  words[d] = rotate(words[d]! ^ words[a]!, 8);
  words[c] = words[c]! + words[d]!;
  words[b] = rotate(words[b]! ^ words[c]!, 7);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
