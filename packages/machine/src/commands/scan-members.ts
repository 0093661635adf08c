// HSCAN, SSCAN and ZSCAN: one step over a collection's tree. A cursor is a place, the first six bytes of a hash as a number. A
// step goes on from its place and always ends between two places, so what is there during the whole scan is met at
// least once, however much is written meanwhile.
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48, u48 } from "../bytes/packing.ts";
import { array, bulk, type Reply } from "../reply/reply.ts";
import type { CountedIndex, TreeEntry } from "../state/counted-index.ts";
import { memberOf } from "../state/member-key.ts";
import type { Arguments, CommandContext } from "./command.ts";
import { PLACE_MAX, parseCursor, parseScanOptions } from "./keys/scan.ts";

/** A step over a hash, a set, or the scores of a sorted set by member. `tell` says what the reply has of an entry. */
export function scanMembers(
  { keys }: CommandContext,
  [key, cursor, ...options]: Arguments,
  type: "hash" | "set" | "zset",
  tell: (member: ByteString, value: ByteString) => readonly ByteString[],
): Reply {
  const place = parseCursor(cursor!);
  const collection = keys.readCollection(key!, type);
  // Redis looks at the options only when there is something to scan.
  if (collection === undefined) return reply(0, []);
  const { count, matches } = parseScanOptions(options);
  const { entries, next } = step(collection.scores ?? collection.index, place, count);
  const told: ByteString[] = [];
  for (const [treeKey, value] of entries) {
    const member = memberOf(treeKey);
    if (matches(member)) told.push(...tell(member, value));
  }
  return reply(next, told);
}

/** The entries from a place on, with the place of the next ones; those that share a place come together. */
function step(index: CountedIndex, place: number, count: number): { entries: readonly TreeEntry[]; next: number } {
  const entries: TreeEntry[] = [];
  if (place > PLACE_MAX) return { entries, next: 0 };
  let last = -1;
  for (const entry of index.walk(index.rank(u48(place)))) {
    const at = readU48(entry[0], 0);
    if (entries.length >= count && at !== last) return { entries, next: at };
    entries.push(entry);
    last = at;
  }
  return { entries, next: 0 };
}

function reply(next: number, found: readonly ByteString[]): Reply {
  return array([bulk(String(next)), array(found.map(bulk))]);
}
