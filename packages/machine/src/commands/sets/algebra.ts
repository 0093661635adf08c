// Unions, intersections and differences of sets, of which ten commands are made. They work on the keys of the sets'
// trees: a member stands under the same key in every set, so nothing has to be hashed again. What comes out has the
// order of the trees it came from, the same on every replica.
import type { ByteString } from "../../bytes/byte-string.ts";
import { bulk, integer, type Reply } from "../../reply/reply.ts";
import type { CountedIndex } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import type { Arguments, CommandContext } from "../command.ts";

/** Sets by their trees; undefined where the key is not there. */
export type Sets = readonly (CountedIndex | undefined)[];

/** Members, as keys of a tree. */
export type Members = Iterable<ByteString>;

/** The sets of all these keys. Every type is checked before anything is computed. */
export function openSets({ keys }: CommandContext, names: Arguments): Sets {
  return names.map((name) => keys.readCollection(name, "set")?.index);
}

export function union(sets: Sets): Members {
  const members = new Set<ByteString>();
  for (const set of sets) if (set !== undefined) for (const [member] of set.walk()) members.add(member);
  return members;
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

/** Makes a new set of members what the key holds, whatever that was; no members, no key. Answers how many. */
export function storeSet({ keys }: CommandContext, key: ByteString, members: Members, event: string): Reply {
  const set = keys.newCollection("set");
  for (const member of members) set.index.put(member);
  if (set.index.size > 0) keys.saveCollection(key, set, event);
  else if (keys.read(key) !== undefined) keys.remove(key, "del");
  return integer(set.index.size);
}
