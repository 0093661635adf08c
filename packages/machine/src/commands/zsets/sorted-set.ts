// A sorted set as commands see it: members with scores, in the order of score and then member. It is two counted
// indexes that say the same thing: members by score, whose keys are the score's bytes and the member, and scores by
// member. Whatever changes one here changes the other.
import type { ByteString } from "../../bytes/byte-string.ts";
import { filtered, isLargePart, type TreeEntry } from "../../state/counted-index.ts";
import type { Collection } from "../../state/keyspace.ts";
import { memberKey, memberOf, placeOf } from "../../state/member-key.ts";
import type { CommandContext } from "../command.ts";
import { packScore, readScore, SCORE_BYTES } from "./score.ts";

export interface ScoredMember {
  readonly member: ByteString;
  readonly score: number;
}

/** A stretch of a sorted set: the rank of its first member, and how many there are. */
export interface Stretch {
  readonly first: number;
  readonly count: number;
}

export class SortedSet {
  readonly collection: Collection;

  constructor(collection: Collection) {
    this.collection = collection;
  }

  get size(): number {
    return this.collection.index.size;
  }

  score(member: ByteString): number | undefined {
    const packed = this.#scores.get(memberKey(member));
    return packed === undefined ? undefined : readScore(packed);
  }

  /** How many members stand before one that is there. */
  rank(member: ByteString): number | undefined {
    const packed = this.#scores.get(memberKey(member));
    return packed === undefined ? undefined : this.collection.index.rank(packed + member);
  }

  /** Gives a member a score; `before` is the one it had, undefined when it is new. */
  set(member: ByteString, score: number, before: number | undefined): void {
    const packed = packScore(score);
    if (before !== undefined) this.collection.index.delete(packScore(before) + member);
    this.collection.index.put(packed + member);
    this.#scores.put(memberKey(member), packed);
  }

  /** Removes a member; true if it was there. */
  delete(member: ByteString): boolean {
    const key = memberKey(member);
    const packed = this.#scores.get(key);
    if (packed === undefined) return false;
    this.collection.index.delete(packed + member);
    this.#scores.delete(key);
    return true;
  }

  /** The member of that rank. */
  at(rank: number): ScoredMember {
    return unpack(this.collection.index.at(rank)![0]);
  }

  /** The members of a stretch, in their order or against it. */
  slice({ first, count }: Stretch, reverse = false): ScoredMember[] {
    const from = reverse ? first + count - 1 : first;
    return this.collection.index.slice(from, count, reverse).map(([key]) => unpack(key));
  }

  /** Every member, in order. */
  *[Symbol.iterator](): Generator<ScoredMember> {
    for (const [key] of this.collection.index.walk()) yield unpack(key);
  }

  /** Removes a stretch. Whichever is less work: taking its scores out one by one, or writing the others anew. */
  deleteStretch({ first, count }: Stretch): void {
    const { index } = this.collection;
    if (!isLargePart(count, index.size)) {
      for (const { member } of this.slice({ first, count })) this.#scores.delete(memberKey(member));
    } else if (count < index.size) this.#keepScoresOutside(index.at(first)![0], index.at(first + count - 1)![0]);
    // Where everything goes, the scores go with the key.
    if (count === 1) index.removeAt(first);
    else index.removeRange(first, count);
  }

  /** Removes the scores of the members from one key of the index to another. */
  #keepScoresOutside(from: ByteString, to: ByteString): void {
    const [lowest, highest] = [from.slice(0, SCORE_BYTES), to.slice(0, SCORE_BYTES)];
    this.#scores.replaceAll(
      filtered(this.#scores.walk(), ([member, packed]) => {
        // Most are told by their score alone.
        if (packed < lowest || packed > highest) return true;
        if (packed > lowest && packed < highest) return false;
        const key = packed + memberOf(member);
        return key < from || key > to;
      }),
    );
  }

  /** Makes members, all different and in their order, all that there are. */
  replaceAll(members: readonly ScoredMember[]): void {
    this.collection.index.replaceAll(entriesByScore(members));
    this.#scores.replaceAll(entriesByMember(members));
  }

  get #scores(): NonNullable<Collection["scores"]> {
    return this.collection.scores!;
  }
}

function* entriesByScore(members: readonly ScoredMember[]): Generator<TreeEntry> {
  for (const { member, score } of members) yield [packScore(score) + member, ""];
}

function* entriesByMember(members: readonly ScoredMember[]): Generator<TreeEntry> {
  for (const rank of orderOfKeys(members)) {
    const { member, score } = members[rank]!;
    yield [memberKey(member), packScore(score)];
  }
}

/** The ranks of members in the order of their keys, which is that of their places and, where these are equal, their bytes. */
function orderOfKeys(members: readonly ScoredMember[]): Uint32Array {
  const places = Float64Array.from(members, ({ member }) => placeOf(member));
  const order = Uint32Array.from(members.keys());
  return order.sort(
    (left, right) => places[left]! - places[right]! || (members[left]!.member < members[right]!.member ? -1 : 1),
  );
}

/** The sorted set that a key holds, if any. */
export function readSortedSet({ keys }: CommandContext, key: ByteString): SortedSet | undefined {
  const collection = keys.readCollection(key, "zset");
  return collection === undefined ? undefined : new SortedSet(collection);
}

/** A sorted set to change: a new one if the key is not there. */
export function editSortedSet({ keys }: CommandContext, key: ByteString): SortedSet {
  return new SortedSet(keys.editCollection(key, "zset"));
}

/** Makes members, all different and in their order, all that a key holds; without any, the key goes. */
export function storeSortedSet(
  { keys }: CommandContext,
  key: ByteString,
  members: readonly ScoredMember[],
  event: string,
): void {
  if (members.length === 0) {
    if (keys.read(key) !== undefined) keys.remove(key, "del");
    return;
  }
  const set = new SortedSet(keys.newCollection("zset"));
  set.replaceAll(members);
  keys.saveCollection(key, set.collection, event);
}

/** The order of a sorted set. */
export function compareScored(left: ScoredMember, right: ScoredMember): number {
  if (left.score !== right.score) return left.score < right.score ? -1 : 1;
  return left.member < right.member ? -1 : left.member > right.member ? 1 : 0;
}

function unpack(key: ByteString): ScoredMember {
  return { member: key.slice(SCORE_BYTES), score: readScore(key) };
}
