// A node of a counted index as its record: a leaf is entries, key and value each with its length before it; an inner
// node is children, each with its id, the number of entries below it, and its low.
//
// Records are searched and changed as they are, byte by byte, and never taken apart for it: a step down the tree makes
// no garbage, and there is no second form that could disagree with the record. Only what is rare, splitting and
// merging, unpacks a node.
import { invariant } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";

/**
 * Bounds of a node, unless a single entry is larger, or the fewest children that an inner node is made with. Small nodes
 * make little of an entry's own change (a record is written, and hashed, whole), and a record of this size still lies
 * within a page of the store on disk.
 */
export const ENTRIES_MAX = 32;
export const BYTES_MAX = 1900;

/**
 * An inner node is never split off with fewer children. Were one enough, lows of half a node's bytes would add a level
 * for each few entries; so they make nodes larger instead, and a tree's height stays a logarithm of its size.
 */
export const CHILDREN_MIN = 2;

export interface Leaf {
  readonly keys: ByteString[];
  readonly values: ByteString[];
}

/** Children in order; `lows[i]` is at most every key below child i and above every key below child i - 1. */
export interface Inner {
  readonly ids: number[];
  readonly counts: number[];
  readonly lows: ByteString[];
}

/** An entry of a leaf. Offsets are bytes of the record. */
export interface LeafSpot {
  /** How many entries stand before it. */
  readonly index: number;
  readonly offset: number;
  /** Whether it has the key that was sought; else it is where that key would stand. */
  readonly found: boolean;
}

/** A child of an inner node. */
export interface InnerSpot {
  readonly slot: number;
  /** Where in the record the child's fields start. */
  readonly offset: number;
  readonly id: number;
  readonly count: number;
  /** How many entries are below the children before it. */
  readonly before: number;
}

/** The first entry whose key is not below `key`, or the end. */
export function seekInLeaf(record: ByteString, key: ByteString): LeafSpot {
  let offset = 0;
  for (let index = 0; ; index++) {
    if (offset >= record.length) return { index, offset, found: false };
    const length = varintAt(record, offset);
    const start = offset + varintBytes(length);
    const order = compareAt(record, start, length, key);
    if (order >= 0) return { index, offset, found: order === 0 };
    offset = sizedEnd(record, start + length);
  }
}

/** The entry before which `index` others stand, or the end. */
export function spotInLeaf(record: ByteString, index: number): LeafSpot {
  let offset = 0;
  for (let left = index; left > 0; left--) offset = entryEnd(record, offset);
  return { index, offset, found: offset < record.length };
}

export function entryEnd(record: ByteString, offset: number): number {
  return sizedEnd(record, sizedEnd(record, offset));
}

export function keyAt(record: ByteString, offset: number): ByteString {
  return sizedAt(record, offset);
}

export function valueAt(record: ByteString, offset: number): ByteString {
  return sizedAt(record, sizedEnd(record, offset));
}

/** The child whose keys `key` is among. The first child also takes what is below its own low. */
export function seekInInner(record: ByteString, key: ByteString): InnerSpot {
  let chosen = 0;
  let chosenSlot = 0;
  let before = 0;
  let beforeChosen = 0;
  for (let offset = 0, slot = 0; offset < record.length; slot++) {
    const countAt = varintEnd(record, offset);
    const lowAt = varintEnd(record, countAt);
    const length = varintAt(record, lowAt);
    const start = lowAt + varintBytes(length);
    if (slot > 0 && compareAt(record, start, length, key) > 0) break;
    chosen = offset;
    chosenSlot = slot;
    beforeChosen = before;
    before += varintAt(record, countAt);
    offset = start + length;
  }
  return innerSpot(record, chosenSlot, chosen, beforeChosen);
}

/** The child below which the entry of that rank is. */
export function selectInInner(record: ByteString, rank: number): InnerSpot {
  let before = 0;
  for (let offset = 0, slot = 0; ; slot++) {
    invariant(offset < record.length, "a node has fewer entries than its parent counts");
    const countAt = varintEnd(record, offset);
    const count = varintAt(record, countAt);
    if (rank < before + count) return innerSpot(record, slot, offset, before);
    before += count;
    offset = childEnd(record, offset);
  }
}

/** The id of the child whose fields start there. */
export function childAt(record: ByteString, offset: number): number {
  return varintAt(record, offset);
}

/** Where the next child's fields start. */
export function childEnd(record: ByteString, offset: number): number {
  return sizedEnd(record, varintEnd(record, varintEnd(record, offset)));
}

/** The low of a child. */
export function lowAt(record: ByteString, { offset }: InnerSpot): ByteString {
  return sizedAt(record, varintEnd(record, varintEnd(record, offset)));
}

/** The record with a child's count changed. */
export function withCount(record: ByteString, { offset, count }: InnerSpot, change: number): ByteString {
  const at = varintEnd(record, offset);
  return record.slice(0, at) + varint(count + change) + record.slice(at + varintBytes(count));
}

export function packEntry(key: ByteString, value: ByteString): ByteString {
  return sized(key) + sized(value);
}

export function packLeaf({ keys, values }: Leaf): ByteString {
  let record = "";
  for (let index = 0; index < keys.length; index++) record += packEntry(keys[index]!, values[index]!);
  return record;
}

export function unpackLeaf(record: ByteString): Leaf {
  const unpacker = new Unpacker(record);
  const keys: ByteString[] = [];
  const values: ByteString[] = [];
  while (!unpacker.done) {
    keys.push(unpacker.sized());
    values.push(unpacker.sized());
  }
  return { keys, values };
}

export function packInner({ ids, counts, lows }: Inner): ByteString {
  let record = "";
  for (let index = 0; index < ids.length; index++) {
    record += varint(ids[index]!) + varint(counts[index]!) + sized(lows[index]!);
  }
  return record;
}

export function unpackInner(record: ByteString): Inner {
  const unpacker = new Unpacker(record);
  const ids: number[] = [];
  const counts: number[] = [];
  const lows: ByteString[] = [];
  while (!unpacker.done) {
    ids.push(unpacker.varint());
    counts.push(unpacker.varint());
    lows.push(unpacker.sized());
  }
  return { ids, counts, lows };
}

/** Whether a node has become small enough to look for a neighbour to merge with. */
export function isSmall(entries: number, bytes: number): boolean {
  return entries <= ENTRIES_MAX / 4 && bytes <= BYTES_MAX / 4;
}

/** Whether that much lies well within a node's bounds, so that it will not have to be split again at once. */
export function fitsWell(entries: number, bytes: number): boolean {
  return entries <= (ENTRIES_MAX * 3) / 4 && bytes <= (BYTES_MAX * 3) / 4;
}

/**
 * Where to cut a node's entries so that each piece keeps the bounds, as far as pieces of `least` entries can: the starts
 * of the pieces. Entries appended or prepended one by one would leave a trail of half-full nodes, so a cut at an end
 * leaves the full side full.
 */
export function cutsOf(sizes: readonly number[], inserted: number | undefined, least = 1): number[] {
  const total = sizes.reduce(sum, 0);
  const count = sizes.length;
  if (count < 2 * least || (count <= ENTRIES_MAX && total <= BYTES_MAX)) return [0];
  if (inserted === count - 1) return split(sizes, count - least, least);
  if (inserted === 0) return split(sizes, least, least);
  let middle = 0;
  for (let bytes = 0; 2 * bytes < total && 2 * middle < count; middle++) bytes += sizes[middle]!;
  return split(sizes, Math.min(Math.max(middle, least), count - least), least);
}

/** The shortest byte string above `left` and not above `right`. */
export function separator(left: ByteString, right: ByteString): ByteString {
  let shared = 0;
  while (shared < left.length && left.charCodeAt(shared) === right.charCodeAt(shared)) shared++;
  return right.slice(0, shared + 1);
}

/** One cut, and more where a side is still too large (entries may differ in size a thousandfold). */
function split(sizes: readonly number[], middle: number, least: number): number[] {
  const left = cutsOf(sizes.slice(0, middle), undefined, least);
  const right = cutsOf(sizes.slice(middle), undefined, least);
  return [...left, ...right.map((start) => start + middle)];
}

const sum = (total: number, value: number): number => total + value;

function innerSpot(record: ByteString, slot: number, offset: number, before: number): InnerSpot {
  const id = varintAt(record, offset);
  return { slot, offset, id, count: varintAt(record, offset + varintBytes(id)), before };
}

/** The order of a stretch of a record and a key, as bytes. */
function compareAt(record: ByteString, start: number, length: number, key: ByteString): number {
  const shared = length < key.length ? length : key.length;
  for (let index = 0; index < shared; index++) {
    const difference = record.charCodeAt(start + index) - key.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return length - key.length;
}

function varintAt(record: ByteString, offset: number): number {
  let byte = record.charCodeAt(offset);
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
    byte = record.charCodeAt(++offset);
    value += (byte & 0x7f) * scale;
  }
  return value;
}

function varintEnd(record: ByteString, offset: number): number {
  while (record.charCodeAt(offset) >= 0x80) offset++;
  return offset + 1;
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let bytes = 3;
  for (let rest = Math.floor(value / 0x200000); rest > 0; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function sizedEnd(record: ByteString, offset: number): number {
  const length = varintAt(record, offset);
  return offset + varintBytes(length) + length;
}

function sizedAt(record: ByteString, offset: number): ByteString {
  const length = varintAt(record, offset);
  const start = offset + varintBytes(length);
  return record.slice(start, start + length);
}
