// The small words that everything else is said in: rounds, authors, digests and the names of blocks and slots.
// They are plain aliases, not brands: rounds and indexes are computed with on every line of the protocol, and a
// cast at each of those lines would hide more mistakes than it finds (docs/decisions/0002-plain-numbers.md).

/** A block's height in the DAG. Genesis is round 0; a round is below 2^31. */
export type Round = number;

/** A member's position in the committee; also names the author of a block. */
export type AuthorIndex = number;

/** Position of a commit in the log, from 1; 0 stands for "nothing committed yet". */
export type CommitIndex = number;

/** Milliseconds. Monotonic where something waits, wall clock where something is stamped. */
export type Millis = number;

/**
 * Hash of a block's content as lower-case hex: strings compare, key and print by themselves, and their order is the
 * order of the bytes. 8 bytes under crash faults, 32 under Byzantine faults, and empty for round 0.
 */
export type Digest = string;

/** The digest of every block of round 0, which is implicit and never sent. */
export const GENESIS_DIGEST: Digest = "";

/** Rounds stay below this, so that sums and shifts stay exact. */
export const ROUND_MAX: Round = 0x7fff_ffff;

/**
 * Names one block. Under crash faults an author makes one block a round and the digest is left empty:
 * (author, round) is the name. Under Byzantine faults the digest tells twins apart.
 */
export interface BlockRef {
  readonly round: Round;
  readonly author: AuthorIndex;
  readonly digest: Digest;
}

/** The place that is decided: a round and the member who owns the slot in it. */
export interface Slot {
  readonly round: Round;
  readonly author: AuthorIndex;
}

/** A total order over refs: round, then author, then digest. */
export function compareRefs(left: BlockRef, right: BlockRef): number {
  return left.round - right.round || left.author - right.author || compareDigests(left.digest, right.digest);
}

/** A total order over digests, the same as the order of their bytes. */
export function compareDigests(left: Digest, right: Digest): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether both name the same block. */
export function sameRef(left: BlockRef, right: BlockRef): boolean {
  return left.round === right.round && left.author === right.author && left.digest === right.digest;
}

/** A ref as text that is unique and can key a map. */
export function refKey(ref: BlockRef): string {
  return `${ref.round}:${ref.author}:${ref.digest}`;
}

/** The letter (or letters) by which logs, tests and pictures call a member: A, B, … Z, AA, AB … */
export function authorName(author: AuthorIndex): string {
  const last = String.fromCharCode(65 + (author % 26));
  return author < 26 ? last : authorName(Math.floor(author / 26) - 1) + last;
}

/** A ref for people: `A3`, or `A3#9f2c` where a digest tells twins apart. */
export function printRef(ref: BlockRef): string {
  const name = `${authorName(ref.author)}${ref.round}`;
  return ref.digest === "" ? name : `${name}#${ref.digest.slice(0, 4)}`;
}

/** A slot for people: `A3`. */
export function printSlot(slot: Slot): string {
  return `${authorName(slot.author)}${slot.round}`;
}
