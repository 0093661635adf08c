// Unions, intersections and differences of sets, of which ten commands are made. They work on the keys of the sets'
// trees: a member stands under the same key in every set, so nothing has to be hashed again. What comes out has the
// order of the trees it came from, the same on every replica.
import type { ByteString } from "../../bytes/byte-string.ts";
import { bulk, integer, type Reply } from "../../reply/reply.ts";
import type { CountedIndex, TreeEntry } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import type { Arguments, CommandContext } from "../command.ts";

/** Sets by their trees; undefined where the key is not there. */
export type Sets = readonly (CountedIndex | undefined)[];

/** Members, as keys of a tree and in its order. */
export type Members = Iterable<ByteString>;

/** The sets of all these keys. Every type is checked before anything is computed. */
export function openSets({ keys }: CommandContext, names: Arguments): Sets {
  return names.map((name) => keys.readCollection(name, "set")?.index);
}

/** What is in any set. Sets are merged in pairs, and pairs in pairs, so that nothing is gathered or sorted. */
export function union(sets: Sets): Members {
  const present = sets.filter((set) => set !== undefined);
  if (present.length === 0) return [];
  if (present.length === 1) return keysOf(present[0]!);
  const half = present.length >>> 1;
  return merged(union(present.slice(0, half)), union(present.slice(half)));
}

function* keysOf(set: CountedIndex): Generator<ByteString> {
  for (const [member] of set.walk()) yield member;
}

/** Two orders in one, what is in both once. */
function* merged(left: Members, right: Members): Generator<ByteString> {
  const [ours, theirs] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  let [our, their] = [ours.next(), theirs.next()];
  while (our.done !== true || their.done !== true) {
    const takeOurs = our.done !== true && (their.done === true || our.value <= their.value);
    const takeTheirs = their.done !== true && (our.done === true || their.value <= our.value);
    yield takeOurs ? (our.value as ByteString) : (their.value as ByteString);
    if (takeOurs) our = ours.next();
    if (takeTheirs) their = theirs.next();
  }
}

/** What is in the first set and in none of the others. */
export function* difference([first, ...others]: Sets): Generator<ByteString> {
  if (first === undefined) return;
  for (const [member] of first.walk()) {
    if (!others.some((other) => other?.has(member) === true)) yield member;
  }
}

/** What is in every set: the smallest is walked, the others are asked. */
export function* intersection(sets: Sets): Generator<ByteString> {
  const present = sets.filter((set) => set !== undefined);
  if (present.length < sets.length) return;
  const [smallest, ...others] = present.sort((left, right) => left.size - right.size);
  for (const [member] of smallest!.walk()) {
    if (others.every((other) => other.has(member))) yield member;
  }
}

export function membersReply(members: Members): Reply {
  return { kind: "set", items: Array.from(members, (member) => bulk(memberOf(member))) };
}

/** Makes a new set of members, in their order, what the key holds; no members, no key. Answers how many. */
export function storeSet({ keys }: CommandContext, key: ByteString, members: Members, event: string): Reply {
  const set = keys.newCollection("set");
  set.index.replaceAll(asEntries(members));
  if (set.index.size > 0) keys.saveCollection(key, set, event);
  else if (keys.read(key) !== undefined) keys.remove(key, "del");
  return integer(set.index.size);
}

function* asEntries(members: Members): Generator<TreeEntry> {
  for (const member of members) yield [member, ""];
}
