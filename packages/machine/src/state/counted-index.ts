// A tree that knows how many entries lie below each of its nodes: finding an entry by key, by rank, and the rank of a
// key each take a path from root to leaf. Sets, hashes, sorted sets (ordered by key) and lists (ordered by position)
// are all made of it. Its nodes are records of the store, packed, so an entry costs its bytes and little more.
//
// It is a B+ tree in which a node is split when it holds too many entries or bytes and merged with a neighbour when
// both fit well into one. Which nodes exist follows from the order of the changes alone, so every replica has the same.
// Taking a whole stretch out of it drops subtrees in one step each; what is below them goes to the garbage list.
import { invariant } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { type Unpacker, varint } from "../bytes/packing.ts";
import {
  BYTES_MAX,
  CHILDREN_MIN,
  childAt,
  childEnd,
  cutsOf,
  ENTRIES_MAX,
  entryEnd,
  fitsWell,
  type Inner,
  type InnerSpot,
  isSmall,
  keyAt,
  type Leaf,
  lowAt,
  packEntry,
  packInner,
  packLeaf,
  seekInInner,
  seekInLeaf,
  selectInInner,
  separator,
  spotInLeaf,
  unpackInner,
  unpackLeaf,
  valueAt,
  withCount,
} from "./tree-node.ts";

/** What a tree is remembered by; small enough to stand in its owner's record. */
export interface TreeState {
  readonly root: number;
  /** 0: the root is a leaf. */
  readonly height: number;
  readonly size: number;
  readonly nextNode: number;
}

export const EMPTY_TREE: TreeState = { root: 0, height: 0, size: 0, nextNode: 1 };

export function packTree({ root, height, size, nextNode }: TreeState): ByteString {
  return varint(root) + varint(height) + varint(size) + varint(nextNode);
}

export function unpackTree(from: Unpacker): TreeState {
  return { root: from.varint(), height: from.varint(), size: from.varint(), nextNode: from.varint() };
}

/** Where nodes are kept. */
export interface NodeStore {
  get(key: ByteString): ByteString | undefined;
  put(key: ByteString, value: ByteString): void;
  delete(key: ByteString): void;
  /** Takes over the records at and below a node of that height. */
  drop(prefix: ByteString, node: number, height: number): void;
}

export type TreeEntry = readonly [key: ByteString, value: ByteString];

interface Child {
  readonly id: number;
  readonly count: number;
  readonly low: ByteString;
}

interface Step {
  readonly id: number;
  readonly record: ByteString;
  readonly spot: InnerSpot;
}

/** Where an entry stands, or would. */
interface Place {
  readonly path: readonly Step[];
  readonly leafId: number;
  readonly leaf: ByteString;
  /** Entries in the leaf. */
  readonly count: number;
  readonly index: number;
  readonly offset: number;
  readonly found: boolean;
  /** Rank of the leaf's first entry. */
  readonly before: number;
}

export class CountedIndex {
  readonly #nodes: NodeStore;
  readonly #prefix: ByteString;
  #root: number;
  #height: number;
  #size: number;
  #nextNode: number;
  /** The last place that was sought by key, until something changes: looking comes before changing. */
  #sought: { readonly key: ByteString; readonly place: Place } | undefined;

  /** `prefix` is this tree's alone: it stands before every node's key. */
  constructor(nodes: NodeStore, prefix: ByteString, state: TreeState = EMPTY_TREE) {
    this.#nodes = nodes;
    this.#prefix = prefix;
    this.#root = state.root;
    this.#height = state.height;
    this.#size = state.size;
    this.#nextNode = state.nextNode;
  }

  get size(): number {
    return this.#size;
  }

  get state(): TreeState {
    return { root: this.#root, height: this.#height, size: this.#size, nextNode: this.#nextNode };
  }

  /** The value of a key. */
  get(key: ByteString): ByteString | undefined {
    if (this.#size === 0) return undefined;
    const { leaf, offset, found } = this.#seek(key);
    return found ? valueAt(leaf, offset) : undefined;
  }

  has(key: ByteString): boolean {
    return this.#size > 0 && this.#seek(key).found;
  }

  /** Sets the value of a key; true if the key is new. */
  put(key: ByteString, value: ByteString = ""): boolean {
    if (this.#size === 0) {
      this.#plant(key, value);
      return true;
    }
    const place = this.#seek(key);
    if (place.found) this.#set(place, value);
    else this.#insert(place, key, value);
    return !place.found;
  }

  /** Removes a key; true if it was there. */
  delete(key: ByteString): boolean {
    if (this.#size === 0) return false;
    const place = this.#seek(key);
    if (place.found) this.#remove(place);
    return place.found;
  }

  /** How many keys are below `key`: its rank, where it is there. */
  rank(key: ByteString): number {
    if (this.#size === 0) return 0;
    const { before, index } = this.#seek(key);
    return before + index;
  }

  /** The entry of that rank. */
  at(rank: number): TreeEntry | undefined {
    if (rank < 0 || rank >= this.#size) return undefined;
    const { leaf, offset } = this.#select(rank);
    return [keyAt(leaf, offset), valueAt(leaf, offset)];
  }

  /** Up to `count` entries from `rank` on, upwards, or downwards when `reverse`. */
  slice(rank: number, count: number, reverse = false): TreeEntry[] {
    const found: TreeEntry[] = [];
    if (count <= 0) return found;
    for (const entry of this.walk(rank, reverse)) if (found.push(entry) >= count) break;
    return found;
  }

  /** Every entry from `rank` on, leaf by leaf. The tree must not change while this is walked. */
  *walk(rank = 0, reverse = false): Generator<TreeEntry> {
    if (rank < 0 || rank >= this.#size) return;
    if (reverse) {
      for (let next = rank; next >= 0; ) {
        const { leaf, offset, index } = this.#select(next);
        const { keys, values } = unpackLeaf(leaf.slice(0, entryEnd(leaf, offset)));
        for (let at = index; at >= 0; at--) yield [keys[at]!, values[at]!];
        next -= index + 1;
      }
      return;
    }
    const { path, leaf, offset } = this.#select(rank);
    // The nodes above the leaf at hand, each with the place of its next child: what is below is read once.
    const above = path.map(({ record, spot }) => ({ record, next: childEnd(record, spot.offset) }));
    let at = offset;
    for (let page: ByteString | undefined = leaf; page !== undefined; page = this.#nextLeaf(above), at = 0) {
      for (; at < page.length; at = entryEnd(page, at)) yield [keyAt(page, at), valueAt(page, at)];
    }
  }

  /** For trees ordered by position: puts a value before the entry of that rank, or at the end. */
  insertAt(rank: number, value: ByteString): void {
    invariant(rank >= 0 && rank <= this.#size, "an insertion is outside of the tree");
    if (this.#size === 0) this.#plant("", value);
    else if (rank < this.#size) this.#insert(this.#select(rank), "", value);
    else {
      const last = this.#select(rank - 1);
      this.#insert({ ...last, index: last.index + 1, offset: last.leaf.length }, "", value);
    }
  }

  /** Replaces the value of the entry of that rank. */
  setAt(rank: number, value: ByteString): void {
    invariant(rank >= 0 && rank < this.#size, "a change is outside of the tree");
    this.#set(this.#select(rank), value);
  }

  /** Removes the entry of that rank. */
  removeAt(rank: number): void {
    invariant(rank >= 0 && rank < this.#size, "a removal is outside of the tree");
    this.#remove(this.#select(rank));
  }

  /** Removes `count` entries from `rank` on: a path at each end, and whole subtrees between. */
  removeRange(rank: number, count: number): void {
    invariant(rank >= 0 && count >= 0 && rank + count <= this.#size, "a removal is outside of the tree");
    if (count === 0) return;
    this.#sought = undefined;
    const left = this.#cut({ id: this.#root, count: this.#size, low: "" }, this.#height, rank, rank + count);
    this.#size -= count;
    this.#setRoot(left === undefined ? [] : [left]);
  }

  /**
   * Makes these entries, in the order that they come in, all that the tree holds. Nodes are written once each, from the
   * leaves up: much less work than as many single steps, and the way to remove a large part of a tree that does not lie
   * in one stretch. The entries may be walked out of the tree itself.
   */
  replaceAll(entries: Iterable<TreeEntry>): void {
    const before = { root: this.#root, height: this.#height, size: this.#size };
    let children = this.#writeLeaves(entries);
    this.#sought = undefined;
    this.#size = children.reduce((total, { count }) => total + count, 0);
    this.#height = 0;
    for (; children.length > 1; this.#height++) children = this.#writeInners(children);
    this.#root = children[0]?.id ?? 0;
    if (before.size > 0) this.#dropNode(before.root, before.height);
  }

  #plant(key: ByteString, value: ByteString): void {
    this.#root = this.#write(this.#nextNode++, packEntry(key, value));
    this.#height = 0;
    this.#size = 1;
  }

  #seek(key: ByteString): Place {
    if (this.#sought?.key === key) return this.#sought.place;
    const path: Step[] = [];
    let id = this.#root;
    let before = 0;
    let count = this.#size;
    for (let height = this.#height; height > 0; height--) {
      const record = this.#read(id);
      const spot = seekInInner(record, key);
      path.push({ id, record, spot });
      before += spot.before;
      ({ id, count } = spot);
    }
    const leaf = this.#read(id);
    const { index, offset, found } = seekInLeaf(leaf, key);
    const place: Place = { path, leafId: id, leaf, count, index, offset, found, before };
    this.#sought = { key, place };
    return place;
  }

  #select(rank: number): Place {
    const path: Step[] = [];
    let id = this.#root;
    let before = 0;
    let count = this.#size;
    for (let height = this.#height; height > 0; height--) {
      const record = this.#read(id);
      const spot = selectInInner(record, rank - before);
      path.push({ id, record, spot });
      before += spot.before;
      ({ id, count } = spot);
    }
    const leaf = this.#read(id);
    const { index, offset, found } = spotInLeaf(leaf, rank - before);
    return { path, leafId: id, leaf, count, index, offset, found, before };
  }

  #nextLeaf(above: { readonly record: ByteString; next: number }[]): ByteString | undefined {
    while (above.length > 0 && above.at(-1)!.next >= above.at(-1)!.record.length) above.pop();
    const parent = above.at(-1);
    if (parent === undefined) return undefined;
    let record = this.#read(childAt(parent.record, parent.next));
    parent.next = childEnd(parent.record, parent.next);
    while (above.length < this.#height) {
      above.push({ record, next: childEnd(record, 0) });
      record = this.#read(childAt(record, 0));
    }
    return record;
  }

  #insert(place: Place, key: ByteString, value: ByteString): void {
    const { path, leafId, leaf, count, index, offset } = place;
    const entry = packEntry(key, value);
    if (count >= ENTRIES_MAX || leaf.length + entry.length > BYTES_MAX) {
      const { keys, values } = unpackLeaf(leaf);
      keys.splice(index, 0, key);
      values.splice(index, 0, value);
      this.#restore(place, { keys, values }, index);
    } else {
      this.#write(leafId, leaf.slice(0, offset) + entry + leaf.slice(offset));
      this.#recount(path, 1);
    }
    this.#size++;
  }

  #set(place: Place, value: ByteString): void {
    const { leafId, leaf, index, offset } = place;
    if (valueAt(leaf, offset) === value) return;
    const end = entryEnd(leaf, offset);
    const entry = packEntry(keyAt(leaf, offset), value);
    if (leaf.length + offset + entry.length - end > BYTES_MAX) {
      const { keys, values } = unpackLeaf(leaf);
      this.#restore(place, { keys, values: values.with(index, value) });
    } else this.#write(leafId, leaf.slice(0, offset) + entry + leaf.slice(end));
  }

  #remove(place: Place): void {
    const { path, leafId, leaf, count, index, offset } = place;
    const end = entryEnd(leaf, offset);
    if (count === 1 || (path.length > 0 && isSmall(count - 1, leaf.length + offset - end))) {
      const { keys, values } = unpackLeaf(leaf);
      this.#restore(place, { keys: keys.toSpliced(index, 1), values: values.toSpliced(index, 1) });
    } else {
      this.#write(leafId, leaf.slice(0, offset) + leaf.slice(end));
      this.#recount(path, -1);
    }
    this.#size--;
  }

  /** Tells every node above a leaf that it has more or fewer entries. */
  #recount(path: readonly Step[], change: number): void {
    for (const { id, record, spot } of path) this.#write(id, withCount(record, spot, change));
  }

  /** Writes a leaf's new content, in as many leaves as it takes, and carries what that means up to the root. */
  #restore({ path, leafId }: Place, { keys, values }: Leaf, inserted?: number): void {
    const parent = path.at(-1);
    const low = parent === undefined ? "" : lowAt(parent.record, parent.spot);
    let children: Child[] = [];
    if (keys.length > 0) {
      const sizes = keys.map((key, index) => key.length + values[index]!.length + 4);
      const cuts = cutsOf(sizes, inserted);
      children = cuts.map((start, piece) => {
        const end = cuts[piece + 1] ?? keys.length;
        const id = piece === 0 ? leafId : this.#nextNode++;
        this.#write(id, packLeaf({ keys: keys.slice(start, end), values: values.slice(start, end) }));
        const pieceLow = piece === 0 ? low : separator(keys[start - 1]!, keys[start]!);
        return { id, count: end - start, low: pieceLow };
      });
    } else this.#delete(leafId);
    for (let depth = path.length - 1; depth >= 0; depth--) {
      children = this.#replaceChild(path[depth]!, children, this.#height - depth, path[depth - 1]);
    }
    this.#setRoot(children);
  }

  /** Puts children in the place of one; answers what then stands in the place of their parent. */
  #replaceChild(step: Step, children: Child[], height: number, above: Step | undefined): Child[] {
    const { id, record, spot } = step;
    const { slot } = spot;
    const inner = unpackInner(record);
    const ids = inner.ids.toSpliced(slot, 1, ...children.map((child) => child.id));
    const counts = inner.counts.toSpliced(slot, 1, ...children.map((child) => child.count));
    const lows = inner.lows.toSpliced(slot, 1, ...children.map((child) => child.low));
    if (children.length === 1 && ids.length > 1) this.#tryMerge({ ids, counts, lows }, slot, height - 1);
    const low = above === undefined ? "" : lowAt(above.record, above.spot);
    if (ids.length === 0) {
      this.#delete(id);
      return [];
    }
    const inserted = children.length > 1 ? slot + children.length - 1 : undefined;
    const sizes = lows.map((text) => text.length + 8);
    const cuts = cutsOf(sizes, inserted, CHILDREN_MIN);
    return cuts.map((start, piece) => {
      const end = cuts[piece + 1] ?? ids.length;
      const part = { ids: ids.slice(start, end), counts: counts.slice(start, end), lows: lows.slice(start, end) };
      const pieceId = this.#write(piece === 0 ? id : this.#nextNode++, packInner(part));
      return { id: pieceId, count: part.counts.reduce(sum, 0), low: piece === 0 ? low : lows[start]! };
    });
  }

  /** Merges the child at `slot` with a neighbour when it has become small and both fit well into one node. */
  #tryMerge(parent: Inner, slot: number, height: number): void {
    const small = this.#read(parent.ids[slot]!);
    if (!isSmall(height === 0 ? parent.counts[slot]! : 0, small.length)) return;
    const left = slot > 0 ? slot - 1 : slot;
    const merged = this.#merged(parent, left, height);
    if (merged === undefined) return;
    this.#write(parent.ids[left]!, merged);
    this.#delete(parent.ids[left + 1]!);
    parent.ids.splice(left + 1, 1);
    parent.counts.splice(left, 2, parent.counts[left]! + parent.counts[left + 1]!);
    parent.lows.splice(left + 1, 1);
  }

  /** The record of a child and its right neighbour in one, unless it would be too large. */
  #merged(parent: Inner, left: number, height: number): ByteString | undefined {
    const leftRecord = this.#read(parent.ids[left]!);
    const rightRecord = this.#read(parent.ids[left + 1]!);
    const bytes = leftRecord.length + rightRecord.length;
    if (height === 0) {
      const count = parent.counts[left]! + parent.counts[left + 1]!;
      return fitsWell(count, bytes) ? leftRecord + rightRecord : undefined;
    }
    if (!fitsWell(0, bytes)) return undefined;
    const other = unpackInner(rightRecord);
    if (!fitsWell(unpackInner(leftRecord).ids.length + other.ids.length, bytes)) return undefined;
    // A first child may hold keys below its own low; now that it has a left neighbour, its low must be true.
    other.lows[0] = parent.lows[left + 1]!;
    return leftRecord + packInner(other);
  }

  #setRoot(children: Child[]): void {
    if (children.length === 0) {
      this.#root = 0;
      this.#height = 0;
      return;
    }
    if (children.length > 1) {
      this.#root = this.#writeInner(children).id;
      this.#height++;
      return;
    }
    this.#root = children[0]!.id;
    while (this.#height > 0) {
      const { ids } = unpackInner(this.#read(this.#root));
      if (ids.length > 1) return;
      this.#delete(this.#root);
      this.#root = ids[0]!;
      this.#height--;
    }
  }

  /** Removes the entries from `from` to `to`, counted from the child's first; answers what is left of the child. */
  #cut(child: Child, height: number, from: number, to: number): Child | undefined {
    if (from <= 0 && to >= child.count) {
      this.#dropNode(child.id, height);
      return undefined;
    }
    if (to <= 0 || from >= child.count) return child;
    const start = Math.max(from, 0);
    const end = Math.min(to, child.count);
    if (height === 0) {
      const leaf = this.#read(child.id);
      const first = spotInLeaf(leaf, start).offset;
      this.#write(child.id, leaf.slice(0, first) + leaf.slice(spotInLeaf(leaf, end).offset));
    } else {
      const inner = unpackInner(this.#read(child.id));
      const left: Child[] = [];
      let before = 0;
      for (let slot = 0; slot < inner.ids.length; slot++) {
        const below = { id: inner.ids[slot]!, count: inner.counts[slot]!, low: inner.lows[slot]! };
        const rest = this.#cut(below, height - 1, start - before, end - before);
        if (rest !== undefined) left.push(rest);
        before += below.count;
      }
      this.#write(child.id, packInner(innerOf(left)));
    }
    return { ...child, count: child.count - (end - start) };
  }

  /** Leaves for entries, one after the other, none of them quite full. */
  #writeLeaves(entries: Iterable<TreeEntry>): Child[] {
    const children: Child[] = [];
    let record = "";
    let count = 0;
    let low = "";
    let last = "";
    const close = (): void => {
      if (count > 0) children.push({ id: this.#write(this.#nextNode++, record), count, low });
      record = "";
      count = 0;
    };
    for (const [key, value] of entries) {
      const entry = packEntry(key, value);
      if (!fitsWell(count + 1, record.length + entry.length)) close();
      if (count === 0) low = children.length === 0 ? "" : separator(last, key);
      record += entry;
      count++;
      last = key;
    }
    close();
    return children;
  }

  /** One level of inner nodes above children, none of them with one child alone. */
  #writeInners(children: readonly Child[]): Child[] {
    const parents: Child[] = [];
    for (let start = 0; start < children.length; ) {
      let bytes = 0;
      let end = start;
      while (end < children.length) {
        bytes += children[end]!.low.length + 8;
        if (end - start >= 2 && !fitsWell(end - start + 1, bytes)) break;
        end++;
      }
      if (children.length - end === 1) end += end - start > 2 ? -1 : 1;
      parents.push(this.#writeInner(children.slice(start, end)));
      start = end;
    }
    return parents;
  }

  #writeInner(children: readonly Child[]): Child {
    const inner = innerOf(children);
    const id = this.#write(this.#nextNode++, packInner(inner));
    return { id, count: inner.counts.reduce(sum, 0), low: inner.lows[0]! };
  }

  #read(id: number): ByteString {
    const record = this.#nodes.get(this.#prefix + varint(id));
    invariant(record !== undefined, "a tree names a node that is not there");
    return record;
  }

  #write(id: number, record: ByteString): number {
    this.#sought = undefined;
    this.#nodes.put(this.#prefix + varint(id), record);
    return id;
  }

  #delete(id: number): void {
    this.#sought = undefined;
    this.#nodes.delete(this.#prefix + varint(id));
  }

  /** Removes a node and all below it. */
  #dropNode(id: number, height: number): void {
    if (height === 0) this.#delete(id);
    else this.#nodes.drop(this.#prefix, id, height);
  }
}

/**
 * Whether so many entries, scattered over a tree of that size, are gone sooner by writing the others anew
 * (`replaceAll`) than one by one.
 */
export function isLargePart(count: number, size: number): boolean {
  return 8 * count > size;
}

/** The entries of a walk that are to be kept. */
export function* filtered(
  entries: Iterable<TreeEntry>,
  keep: (entry: TreeEntry, rank: number) => boolean,
): Generator<TreeEntry> {
  let rank = 0;
  for (const entry of entries) if (keep(entry, rank++)) yield entry;
}

/** The children of an inner node's record, for whoever takes a dropped subtree apart. */
export function childNodes(record: ByteString): readonly number[] {
  return unpackInner(record).ids;
}

/** The key of a node's record. */
export function nodeKey(prefix: ByteString, node: number): ByteString {
  return prefix + varint(node);
}

function innerOf(children: readonly Child[]): Inner {
  return {
    ids: children.map((child) => child.id),
    counts: children.map((child) => child.count),
    lows: children.map((child) => child.low),
  };
}

const sum = (total: number, value: number): number => total + value;
