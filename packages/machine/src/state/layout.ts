// Where each kind of record lives in the store: the first byte says the kind. Everything that can grow large hangs
// below a generation, so that dropping it is one note in the garbage list.
//
//   m                              counters of the whole machine
//   k keyspace hash48 key          header of a key: type, revision, expiry, body
//   n generation tree node         a node of a collection's counted index
//   t key                          revision at which an absent key was removed
//   x time kind ident              a deadline
//   l revision                     changes of one commit, from that revision on
//   g sequence                     something dropped whose records still have to go
//   s session                      a session
//   r session sequence             what became of a numbered command
//   i name                         a timer
//   a n name                       a user
//   a t hash                       whose token that is
//   a r                            how often users have changed
//   u …                            state of user modules
//   d                              digests of the state after the last commit (digest/ledger.ts)
import { afterPrefix, type ByteString } from "../bytes/byte-string.ts";
import { u48 } from "../bytes/packing.ts";

export const META_KEY = "m";

/** A key's place in the keyspace: by hash, so that SCAN's cursor, a number, names a position that no write moves. */
export function headerKey(keyspace: number, key: ByteString): ByteString {
  return `k${u48(keyspace)}${hash48(key)}${key}`;
}

export const HEADER_KEY_PREFIX_BYTES = 13;

export function keyspacePrefix(keyspace: number): ByteString {
  return `k${u48(keyspace)}`;
}

export function generationPrefix(generation: number): ByteString {
  return `n${u48(generation)}`;
}

export function tombstoneKey(key: ByteString): ByteString {
  return `t${key}`;
}

export function logKey(revision: number): ByteString {
  return `l${u48(revision)}`;
}

export function garbageKey(sequence: number): ByteString {
  return `g${u48(sequence)}`;
}

/** The end of all keys with that prefix. */
export function endOf(prefix: ByteString): ByteString {
  return afterPrefix(prefix)!;
}

/**
 * Six bytes that spread keys and members evenly. Not a defence: keys chosen to collide make one step of a SCAN longer,
 * nothing else.
 */
export function hash48(text: ByteString): ByteString {
  let left = 0x9e3779b9 ^ text.length;
  let right = 0x85ebca6b;
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index);
    left = Math.imul(left ^ byte, 0x01000193);
    right = Math.imul(right + byte, 0xcc9e2d51);
    right = (right << 15) | (right >>> 17);
  }
  left = scramble(left ^ right);
  right = scramble(right + left);
  return String.fromCharCode(
    left >>> 24,
    (left >>> 16) & 0xff,
    (left >>> 8) & 0xff,
    left & 0xff,
    right >>> 24,
    (right >>> 16) & 0xff,
  );
}

function scramble(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}
