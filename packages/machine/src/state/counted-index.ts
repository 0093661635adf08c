// A tree that knows how many entries lie below each of its nodes: finding an entry by key, by rank, and the rank of a
// key each take a path from root to leaf. Sets, hashes, sorted sets (ordered by key) and lists (ordered by position)
// are all made of it. Its nodes are records of the store, packed, so an entry costs its bytes and little more.
//
// It is a B+ tree in which a node is split when it holds too many entries or bytes and merged with a neighbour when
// both fit well into one. Which nodes exist follows from the order of the changes alone, so every replica has the same.
// Taking a whole stretch out of it drops subtrees in one step each; what is below them goes to the garbage list.
import { invariant } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";

const ENTRIES_MAX = 64;
const BYTES_MAX = 4096;
const CACHED_NODES_MAX = 8192;

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
  readonly cache: NodeCache;
}

/**
 * Nodes as they were last read or written, so that most steps need not take a record apart. A node is only believed
 * while the store still holds the very record that it was made of: a rollback or another snapshot misses, no more.
 */
export class NodeCache {
  readonly #nodes = new Map<ByteString, Leaf | Inner>();

  get(key: ByteString, record: ByteString): Leaf | Inner | undefined {
    const node = this.#nodes.get(key);
    return node?.record === record ? node : undefined;
  }

  set(key: ByteString, node: Leaf | Inner): void {
    if (this.#nodes.size >= CACHED_NODES_MAX) this.#nodes.clear();
    this.#nodes.set(key, node);
  }
}

export type TreeEntry = readonly [key: ByteString, value: ByteString];

interface Leaf {
  readonly kind: "leaf";
  record: ByteString;
  readonly keys: ByteString[];
  readonly values: ByteString[];
}

interface Children {
  readonly ids: number[];
  readonly counts: number[];
  readonly lows: ByteString[];
}

/** Children in order; `lows[i]` is at most every key below child i and above every key below child i - 1. */
interface Inner extends Children {
  readonly kind: "inner";
  record: ByteString;
}

interface Child {
  readonly id: number;
  readonly count: number;
  readonly low: ByteString;
}

interface Step {
  readonly id: number;
  readonly inner: Inner;
  readonly slot: number;
}

interface Place {
  readonly path: Step[];
  readonly leafId: number;
  readonly leaf: Leaf;
  /** Offset in the leaf. */
  readonly offset: number;
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
    const { leaf, offset } = this.#seek(key);
    return leaf.keys[offset] === key ? leaf.values[offset] : undefined;
  }

  has(key: ByteString): boolean {
    return this.get(key) !== undefined;
  }

  /** Sets the value of a key; true if the key is new. */
  put(key: ByteString, value: ByteString = ""): boolean {
    if (this.#size === 0) {
      this.#plant(key, value);
      return true;
    }
    const place = this.#seek(key);
    const { leaf, offset } = place;
    if (leaf.keys[offset] === key) {
      if (leaf.values[offset] !== value) this.#set(place, value);
      return false;
    }
    this.#insert(place, key, value);
    return true;
  }

  /** Removes a key; true if it was there. */
  delete(key: ByteString): boolean {
    if (this.#size === 0) return false;
    const place = this.#seek(key);
    if (place.leaf.keys[place.offset] !== key) return false;
    this.#remove(place);
    return true;
  }

  /** How many keys are below `key`: its rank, where it is there. */
  rank(key: ByteString): number {
    if (this.#size === 0) return 0;
    const { before, offset } = this.#seek(key);
    return before + offset;
  }

  /** The entry of that rank. */
  at(rank: number): TreeEntry | undefined {
    if (rank < 0 || rank >= this.#size) return undefined;
    const { leaf, offset } = this.#select(rank);
    return [leaf.keys[offset]!, leaf.values[offset]!];
  }

  /** Up to `count` entries from `rank` on, upwards, or downwards when `reverse`. */
  slice(rank: number, count: number, reverse = false): TreeEntry[] {
    const found: TreeEntry[] = [];
    while (found.length < count && rank >= 0 && rank < this.#size) {
      const { leaf, offset } = this.#select(rank);
      if (reverse) {
        for (let at = offset; at >= 0 && found.length < count; at--, rank--)
          found.push([leaf.keys[at]!, leaf.values[at]!]);
      } else {
        for (let at = offset; at < leaf.keys.length && found.length < count; at++, rank++)
          found.push([leaf.keys[at]!, leaf.values[at]!]);
      }
    }
    return found;
  }

  /** Every entry from `rank` on, leaf by leaf. The tree must not change while this is walked. */
  *walk(rank = 0, reverse = false): Generator<TreeEntry> {
    while (rank >= 0 && rank < this.#size) {
      const { leaf, offset } = this.#select(rank);
      if (reverse) {
        for (let at = offset; at >= 0; at--, rank--) yield [leaf.keys[at]!, leaf.values[at]!];
      } else {
        for (let at = offset; at < leaf.keys.length; at++, rank++) yield [leaf.keys[at]!, leaf.values[at]!];
      }
    }
  }

  /** For trees ordered by position: puts a value before the entry of that rank, or at the end. */
  insertAt(rank: number, value: ByteString): void {
    invariant(rank >= 0 && rank <= this.#size, "an insertion is outside of the tree");
    if (this.#size === 0) this.#plant("", value);
    else if (rank < this.#size) this.#insert(this.#select(rank), "", value);
    else {
      const last = this.#select(rank - 1);
      this.#insert({ ...last, offset: last.offset + 1 }, "", value);
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
    const left = this.#cut({ id: this.#root, count: this.#size, low: "" }, this.#height, rank, rank + count);
    this.#size -= count;
    this.#setRoot(left === undefined ? [] : [left]);
  }

  #plant(key: ByteString, value: ByteString): void {
    this.#root = this.#writeLeaf(this.#nextNode++, [key], [value]);
    this.#height = 0;
    this.#size = 1;
  }

  #seek(key: ByteString): Place {
    const path: Step[] = [];
    let id = this.#root;
    let before = 0;
    for (let height = this.#height; height > 0; height--) {
      const inner = this.#readInner(id);
      // The first child also takes what is below its own low.
      const slot = Math.max(1, upperBound(inner.lows, key)) - 1;
      for (let left = 0; left < slot; left++) before += inner.counts[left]!;
      path.push({ id, inner, slot });
      id = inner.ids[slot]!;
    }
    const leaf = this.#readLeaf(id);
    return { path, leafId: id, leaf, offset: lowerBound(leaf.keys, key), before };
  }

  #select(rank: number): Place {
    const path: Step[] = [];
    let id = this.#root;
    let offset = rank;
    for (let height = this.#height; height > 0; height--) {
      const inner = this.#readInner(id);
      let slot = 0;
      while (offset >= inner.counts[slot]!) offset -= inner.counts[slot++]!;
      path.push({ id, inner, slot });
      id = inner.ids[slot]!;
    }
    return { path, leafId: id, leaf: this.#readLeaf(id), offset, before: rank - offset };
  }

  #insert(place: Place, key: ByteString, value: ByteString): void {
    const { leaf, offset } = place;
    this.#size++;
    const entry = sized(key) + sized(value);
    if (leaf.keys.length >= ENTRIES_MAX || leaf.record.length + entry.length > BYTES_MAX) {
      const { keys, values } = leaf;
      this.#restore(place, keys.toSpliced(offset, 0, key), values.toSpliced(offset, 0, value), offset);
      return;
    }
    const at = leafOffset(leaf, offset);
    leaf.keys.splice(offset, 0, key);
    leaf.values.splice(offset, 0, value);
    this.#patch(place.leafId, leaf, at, at, entry);
    this.#recount(place.path, 1);
  }

  #set(place: Place, value: ByteString): void {
    const { leaf, offset } = place;
    const entry = sized(leaf.keys[offset]!) + sized(value);
    const at = leafOffset(leaf, offset);
    const end = at + sizedBytes(leaf.keys[offset]!) + sizedBytes(leaf.values[offset]!);
    if (leaf.record.length + at + entry.length - end > BYTES_MAX) {
      this.#restore(place, leaf.keys, leaf.values.with(offset, value));
      return;
    }
    leaf.values[offset] = value;
    this.#patch(place.leafId, leaf, at, end, entry);
  }

  #remove(place: Place): void {
    const { leaf, offset } = place;
    this.#size--;
    const at = leafOffset(leaf, offset);
    const end = at + sizedBytes(leaf.keys[offset]!) + sizedBytes(leaf.values[offset]!);
    const bytes = leaf.record.length + at - end;
    if (leaf.keys.length === 1 || (place.path.length > 0 && isSmall(leaf.keys.length - 1, bytes))) {
      this.#restore(place, leaf.keys.toSpliced(offset, 1), leaf.values.toSpliced(offset, 1));
      return;
    }
    leaf.keys.splice(offset, 1);
    leaf.values.splice(offset, 1);
    this.#patch(place.leafId, leaf, at, end, "");
    this.#recount(place.path, -1);
  }

  /** Replaces a stretch of a node's record, after its decoded form was changed in place. */
  #patch(id: number, node: Leaf | Inner, from: number, to: number, text: ByteString): void {
    const { record } = node;
    node.record = record.slice(0, from) + text + record.slice(to);
    const key = this.#prefix + varint(id);
    this.#nodes.put(key, node.record);
    this.#nodes.cache.set(key, node);
  }

  /** Tells every node above a leaf that it has more or fewer entries. */
  #recount(path: readonly Step[], change: number): void {
    for (const { id, inner, slot } of path) {
      let at = 0;
      for (let left = 0; left < slot; left++) {
        at += varintBytes(inner.ids[left]!) + varintBytes(inner.counts[left]!) + sizedBytes(inner.lows[left]!);
      }
      at += varintBytes(inner.ids[slot]!);
      const count = inner.counts[slot]!;
      inner.counts[slot] = count + change;
      this.#patch(id, inner, at, at + varintBytes(count), varint(count + change));
    }
  }

  /** Writes a leaf's new content, in as many leaves as it takes, and carries what that means up to the root. */
  #restore(place: Place, keys: ByteString[], values: ByteString[], inserted?: number): void {
    const parent = place.path.at(-1);
    const low = parent === undefined ? "" : parent.inner.lows[parent.slot]!;
    const sizes = keys.map((key, index) => key.length + values[index]!.length + 4);
    let children: Child[] = [];
    let cuts: number[] = [];
    if (keys.length > 0) {
      cuts = cutsOf(sizes, inserted);
      children = cuts.map((start, piece) => {
        const end = cuts[piece + 1] ?? keys.length;
        const id = piece === 0 ? place.leafId : this.#nextNode++;
        this.#writeLeaf(id, keys.slice(start, end), values.slice(start, end));
        const pieceLow = piece === 0 ? low : separator(keys[start - 1]!, keys[start]!);
        return { id, count: end - start, low: pieceLow };
      });
    } else this.#deleteNode(place.leafId);
    for (let depth = place.path.length - 1; depth >= 0; depth--) {
      children = this.#replaceChild(place.path[depth]!, children, this.#height - depth, place.path[depth - 1]);
    }
    this.#setRoot(children);
  }

  /** Puts children in the place of one; answers what then stands in the place of their parent. */
  #replaceChild(step: Step, children: Child[], height: number, above: Step | undefined): Child[] {
    const { id, inner, slot } = step;
    const ids = inner.ids.toSpliced(slot, 1, ...children.map((child) => child.id));
    const counts = inner.counts.toSpliced(slot, 1, ...children.map((child) => child.count));
    const lows = inner.lows.toSpliced(slot, 1, ...children.map((child) => child.low));
    const changed = { ids, counts, lows };
    if (children.length === 1 && ids.length > 1) this.#tryMerge(changed, slot, height - 1);
    const low = above === undefined ? "" : above.inner.lows[above.slot]!;
    if (ids.length === 0) {
      this.#deleteNode(id);
      return [];
    }
    const inserted = children.length > 1 ? slot + children.length - 1 : undefined;
    const cuts = cutsOf(
      lows.map((text) => text.length + 8),
      inserted,
    );
    return cuts.map((start, piece) => {
      const end = cuts[piece + 1] ?? ids.length;
      const pieceId = piece === 0 ? id : this.#nextNode++;
      const part = { ids: ids.slice(start, end), counts: counts.slice(start, end), lows: lows.slice(start, end) };
      this.#writeInner(pieceId, part);
      return { id: pieceId, count: part.counts.reduce(sum, 0), low: piece === 0 ? low : lows[start]! };
    });
  }

  /** Merges the child at `slot` with a neighbour when it has become small and both fit well into one node. */
  #tryMerge(parent: Children, slot: number, height: number): void {
    const small = this.#record(parent.ids[slot]!);
    if (!isSmall(height === 0 ? parent.counts[slot]! : 0, small.length)) return;
    const left = slot > 0 ? slot - 1 : slot;
    const merged = this.#merged(parent, left, height);
    if (merged === undefined) return;
    this.#writeNode(parent.ids[left]!, merged);
    this.#deleteNode(parent.ids[left + 1]!);
    parent.ids.splice(left + 1, 1);
    parent.counts.splice(left, 2, parent.counts[left]! + parent.counts[left + 1]!);
    parent.lows.splice(left + 1, 1);
  }

  /** The record of a child and its right neighbour in one, unless it would be too large. */
  #merged(parent: Children, left: number, height: number): ByteString | undefined {
    const leftRecord = this.#record(parent.ids[left]!);
    const rightRecord = this.#record(parent.ids[left + 1]!);
    if (leftRecord.length + rightRecord.length > (BYTES_MAX * 3) / 4) return undefined;
    if (height === 0) {
      const count = parent.counts[left]! + parent.counts[left + 1]!;
      return count > (ENTRIES_MAX * 3) / 4 ? undefined : leftRecord + rightRecord;
    }
    const other = unpackInner(rightRecord);
    if (unpackInner(leftRecord).ids.length + other.ids.length > (ENTRIES_MAX * 3) / 4) return undefined;
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
      const root = {
        ids: children.map((child) => child.id),
        counts: children.map((child) => child.count),
        lows: children.map((child) => child.low),
      };
      this.#root = this.#writeInner(this.#nextNode++, root);
      this.#height++;
      return;
    }
    this.#root = children[0]!.id;
    while (this.#height > 0) {
      const { ids } = this.#readInner(this.#root);
      if (ids.length > 1) return;
      this.#deleteNode(this.#root);
      this.#root = ids[0]!;
      this.#height--;
    }
  }

  /** Removes the entries from `from` to `to`, counted from the child's first; answers what is left of the child. */
  #cut(child: Child, height: number, from: number, to: number): Child | undefined {
    if (from <= 0 && to >= child.count) {
      if (height === 0) this.#deleteNode(child.id);
      else this.#nodes.drop(this.#prefix, child.id, height);
      return undefined;
    }
    if (to <= 0 || from >= child.count) return child;
    const start = Math.max(from, 0);
    const end = Math.min(to, child.count);
    if (height === 0) {
      const { keys, values } = this.#readLeaf(child.id);
      const gone = end - start;
      this.#writeLeaf(child.id, keys.toSpliced(start, gone), values.toSpliced(start, gone));
    } else {
      const inner = this.#readInner(child.id);
      const left: Child[] = [];
      let before = 0;
      for (let slot = 0; slot < inner.ids.length; slot++) {
        const below = { id: inner.ids[slot]!, count: inner.counts[slot]!, low: inner.lows[slot]! };
        const rest = this.#cut(below, height - 1, start - before, end - before);
        if (rest !== undefined) left.push(rest);
        before += below.count;
      }
      const part = {
        ids: left.map((rest) => rest.id),
        counts: left.map((rest) => rest.count),
        lows: left.map((rest) => rest.low),
      };
      this.#writeInner(child.id, part);
    }
    return { ...child, count: child.count - (end - start) };
  }

  #record(id: number): ByteString {
    const record = this.#nodes.get(this.#prefix + varint(id));
    invariant(record !== undefined, "a tree names a node that is not there");
    return record;
  }

  #readLeaf(id: number): Leaf {
    const record = this.#record(id);
    const key = this.#prefix + varint(id);
    const cached = this.#nodes.cache.get(key, record);
    if (cached?.kind === "leaf") return cached;
    const leaf = unpackLeaf(record);
    this.#nodes.cache.set(key, leaf);
    return leaf;
  }

  #readInner(id: number): Inner {
    const record = this.#record(id);
    const key = this.#prefix + varint(id);
    const cached = this.#nodes.cache.get(key, record);
    if (cached?.kind === "inner") return cached;
    const inner = unpackInner(record);
    this.#nodes.cache.set(key, inner);
    return inner;
  }

  #writeLeaf(id: number, keys: ByteString[], values: ByteString[]): number {
    return this.#writeNode(id, packLeaf(keys, values));
  }

  #writeInner(id: number, children: Children): number {
    return this.#writeNode(id, packInner(children));
  }

  #writeNode(id: number, record: ByteString): number {
    this.#nodes.put(this.#prefix + varint(id), record);
    return id;
  }

  #deleteNode(id: number): void {
    this.#nodes.delete(this.#prefix + varint(id));
  }
}

/** The children of an inner node's record, for whoever takes a dropped subtree apart. */
export function childNodes(record: ByteString): readonly number[] {
  return unpackInner(record).ids;
}

/** The key of a node's record. */
export function nodeKey(prefix: ByteString, node: number): ByteString {
  return prefix + varint(node);
}

/**
 * Where to cut a node's entries so that each piece keeps the bounds: the starts of the pieces. Entries appended or
 * prepended one by one would leave a trail of half-full nodes, so a cut at an end leaves the full side full.
 */
function cutsOf(sizes: readonly number[], inserted: number | undefined): number[] {
  const total = sizes.reduce(sum, 0);
  const count = sizes.length;
  if (count <= 1 || (count <= ENTRIES_MAX && total <= BYTES_MAX)) return [0];
  if (inserted === count - 1) return split(sizes, count - 1);
  if (inserted === 0) return split(sizes, 1);
  let bytes = 0;
  for (let middle = 1; middle < count; middle++) {
    bytes += sizes[middle - 1]!;
    if (2 * bytes >= total || 2 * middle >= count) return split(sizes, middle);
  }
  return split(sizes, count - 1);
}

/** One cut, and more where a side is still too large (entries may differ in size a thousandfold). */
function split(sizes: readonly number[], middle: number): number[] {
  const left = cutsOf(sizes.slice(0, middle), undefined);
  const right = cutsOf(sizes.slice(middle), undefined);
  return [...left, ...right.map((start) => start + middle)];
}

const sum = (total: number, value: number): number => total + value;

/** The shortest byte string above `left` and not above `right`. */
function separator(left: ByteString, right: ByteString): ByteString {
  let shared = 0;
  while (shared < left.length && left.charCodeAt(shared) === right.charCodeAt(shared)) shared++;
  return right.slice(0, shared + 1);
}

/** The first place whose key is not below `key`. */
function lowerBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place whose key is above `key`. */
function upperBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a node has become small enough to look for a neighbour to merge with. */
function isSmall(entries: number, bytes: number): boolean {
  return entries <= ENTRIES_MAX / 4 && bytes <= BYTES_MAX / 4;
}

/** Where in a leaf's record an entry starts. */
function leafOffset({ keys, values }: Leaf, entry: number): number {
  let at = 0;
  for (let index = 0; index < entry; index++) at += sizedBytes(keys[index]!) + sizedBytes(values[index]!);
  return at;
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let bytes = 3;
  for (let rest = Math.floor(value / 0x200000); rest > 0; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function sizedBytes(text: ByteString): number {
  return varintBytes(text.length) + text.length;
}

function packLeaf(keys: readonly ByteString[], values: readonly ByteString[]): ByteString {
  let record = "";
  for (let index = 0; index < keys.length; index++) record += sized(keys[index]!) + sized(values[index]!);
  return record;
}

function unpackLeaf(record: ByteString): Leaf {
  const unpacker = new Unpacker(record);
  const keys: ByteString[] = [];
  const values: ByteString[] = [];
  while (!unpacker.done) {
    keys.push(unpacker.sized());
    values.push(unpacker.sized());
  }
  return { kind: "leaf", record, keys, values };
}

function packInner({ ids, counts, lows }: Children): ByteString {
  let record = "";
  for (let index = 0; index < ids.length; index++) {
    record += varint(ids[index]!) + varint(counts[index]!) + sized(lows[index]!);
  }
  return record;
}

function unpackInner(record: ByteString): Inner {
  const unpacker = new Unpacker(record);
  const ids: number[] = [];
  const counts: number[] = [];
  const lows: ByteString[] = [];
  while (!unpacker.done) {
    ids.push(unpacker.varint());
    counts.push(unpacker.varint());
    lows.push(unpacker.sized());
  }
  return { kind: "inner", record, ids, counts, lows };
}
