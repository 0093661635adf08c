// The ordered tree that everything in memory rests on: sorted-btree, whose clones share nodes until one side writes.
import sortedBtree from "sorted-btree";
import { type ByteString, compareByteStrings } from "../bytes/byte-string.ts";
import type { Range } from "./store.ts";

/**
 * What a tree may hold: never undefined. sorted-btree 2.1.0 keeps no list of values for a leaf whose values are all
 * undefined; when such a leaf takes in a neighbour that holds others, its list gets too long and they are lost.
 */
export type TreeValue = ByteString | null;

export type ByteTree<Value extends TreeValue> = sortedBtree.default<ByteString, Value>;

// The package is CommonJS: Node hands over its exports, bundlers and test runners their default.
const loaded = sortedBtree as typeof sortedBtree | typeof sortedBtree.default;
const BTree: typeof sortedBtree.default = "default" in loaded ? loaded.default : loaded;

/** An empty tree ordered by bytes. */
export function byteTree<Value extends TreeValue>(): ByteTree<Value> {
  return new BTree<ByteString, Value>(undefined, compareByteStrings);
}

/** Reads a range out of a tree. */
export function treeRange<Value extends TreeValue>(
  tree: ByteTree<Value>,
  { from, to, reverse, limit }: Range,
): [ByteString, Value][] {
  const found: [ByteString, Value][] = [];
  // A limit of one is the common question "what is the first entry at or after?", and is answered without an iterator.
  if (reverse !== true) {
    let pair = tree.getPairOrNextHigher(from);
    if (limit === 1) return pair !== undefined && (to === undefined || pair[0] < to) ? [pair] : found;
    const entries = pair === undefined ? undefined : tree.entries(from);
    for (let next = entries?.next(); next !== undefined && !next.done && found.length < limit; next = entries?.next()) {
      pair = next.value;
      if (to !== undefined && pair[0] >= to) break;
      found.push(pair);
    }
    return found;
  }
  if (limit === 1) {
    const pair = tree.nextLowerPair(to);
    return pair !== undefined && pair[0] >= from ? [pair] : found;
  }
  const entries = tree.entriesReversed(to, undefined, true);
  for (let next = entries.next(); !next.done && found.length < limit; next = entries.next()) {
    if (next.value[0] < from) break;
    found.push(next.value);
  }
  return found;
}
