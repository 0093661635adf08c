// The writes of one commit before they are committed. Reads through a batch see its writes; a mark lets one command be
// undone without its neighbours noticing. Shared by every adapter, so that no adapter can get it wrong in its own way.
import type { ByteString } from "../bytes/byte-string.ts";
import { isGuarded, withinReach } from "../modules/reach.ts";
import { type ByteTree, byteTree, treeRange } from "./byte-tree.ts";
import type { Entry, Range, StoreReader, Write } from "./store.ts";

type Pending = ByteString | undefined;
/** The same in a tree, which must not hold undefined: null is a deleted key. */
type Ordered = ByteString | null;

/** Records read from the store that one batch keeps at hand. */
const READ_MAX = 8192;
/** A range that walked over more deleted keys than that remembers where the first key stood. */
const WALKED_MIN = 8;
/** Beginnings of ranges that are remembered. */
const REMEMBERED_MAX = 16;

export class Batch implements StoreReader {
  readonly #base: StoreReader;
  readonly #pending = new Map<ByteString, Pending>();
  /** What `#pending` held before each write since the mark; `false` where it held nothing. */
  readonly #undo: [ByteString, Pending | false][] = [];
  /** The same writes in order; made when the first range is read, because most commits never read one. */
  #ordered: ByteTree<Ordered> | undefined;
  /** What was read of the store, which does not change while the batch is made: most is asked for more than once. */
  readonly #read = new Map<ByteString, Pending>();
  /**
   * By where a range began: the first key that there can be from there on. Lists that lose their first keys one by one
   * (deadlines, what is dropped) are read from their beginning each time; without this every read would walk over all that
   * was deleted and that the store below still holds, for as long as it takes to bring that down.
   */
  readonly #begins = new Map<ByteString, ByteString>();

  constructor(base: StoreReader) {
    this.#base = base;
  }

  get(key: ByteString): ByteString | undefined {
    const value = this.#pending.get(key);
    return value !== undefined || this.#pending.has(key) ? value : this.before(key);
  }

  /** What the store holds, whatever was written here. */
  before(key: ByteString): ByteString | undefined {
    const known = this.#read.get(key);
    if (known !== undefined || this.#read.has(key)) return known;
    const value = isGuarded() ? withinReach(() => this.#base.get(key)) : this.#base.get(key);
    if (this.#read.size < READ_MAX) this.#read.set(key, value);
    return value;
  }

  put(key: ByteString, value: ByteString): void {
    this.#write(key, value);
  }

  delete(key: ByteString): void {
    this.#write(key, undefined);
  }

  range(range: Range): Entry[] {
    if (this.#pending.size === 0) return this.#rangeOfBase(range);
    if (range.reverse === true) return this.#merge(range).entries;
    const from = this.#begins.get(range.from) ?? range.from;
    if (range.to !== undefined && from >= range.to) return [];
    const { entries, walked } = this.#merge({ ...range, from });
    const first = entries[0]?.[0] ?? range.to;
    if (walked > WALKED_MIN && first !== undefined) {
      if (this.#begins.size === REMEMBERED_MAX) this.#begins.clear();
      this.#begins.set(range.from, first);
    }
    return entries;
  }

  #merge(range: Range): Merged {
    const ordered = this.#order();
    const base = new Pages((page) => this.#rangeOfBase(page), range);
    const pending = new Pages((page) => treeRange(ordered, page), range);
    return merge(base, pending, range);
  }

  #rangeOfBase(range: Range): Entry[] {
    return isGuarded() ? withinReach(() => this.#base.range(range)) : this.#base.range(range);
  }

  /** Everything before this stays. */
  mark(): void {
    this.#undo.length = 0;
  }

  /** Where `rollback` can come back to, until the next mark. */
  get savepoint(): number {
    return this.#undo.length;
  }

  /** Back to a savepoint, or to the last mark. */
  rollback(savepoint = 0): void {
    while (this.#undo.length > savepoint) {
      const [key, previous] = this.#undo.pop()!;
      this.#beginAt(key);
      if (previous === false) {
        this.#pending.delete(key);
        this.#ordered?.delete(key);
      } else {
        this.#pending.set(key, previous);
        this.#ordered?.set(key, previous ?? null);
      }
    }
  }

  /** What was written since a savepoint, as it is now. */
  writesSince(savepoint: number): Write[] {
    const keys = new Set(this.#undo.slice(savepoint).map(([key]) => key));
    return [...keys].map((key) => [key, this.#pending.get(key)]);
  }

  /** Every write, once a key, in order of first writing. */
  writes(): Write[] {
    return [...this.#pending];
  }

  #write(key: ByteString, value: Pending): void {
    const previous = this.#pending.get(key);
    this.#undo.push([key, previous !== undefined || this.#pending.has(key) ? previous : false]);
    this.#pending.set(key, value);
    this.#ordered?.set(key, value ?? null);
    if (value !== undefined) this.#beginAt(key);
  }

  /** There may be something at this key now. */
  #beginAt(key: ByteString): void {
    for (const [from, first] of this.#begins) if (from <= key && key < first) this.#begins.set(from, key);
  }

  #order(): ByteTree<Ordered> {
    if (this.#ordered === undefined) {
      this.#ordered = byteTree();
      for (const [key, value] of this.#pending) this.#ordered.set(key, value ?? null);
    }
    return this.#ordered;
  }
}

/** Walks a range page by page: pages start at the limit that was asked for and double, so that long runs stay cheap. */
class Pages<Value> {
  readonly #read: (range: Range) => (readonly [ByteString, Value])[];
  #rest: Range;
  #page: (readonly [ByteString, Value])[] = [];
  #position = 0;
  #last = false;

  constructor(read: (range: Range) => (readonly [ByteString, Value])[], range: Range) {
    this.#read = read;
    this.#rest = range;
  }

  /** The entry at hand, or undefined at the end. */
  peek(): readonly [ByteString, Value] | undefined {
    if (this.#position === this.#page.length && !this.#last) this.#turn();
    return this.#page[this.#position];
  }

  next(): void {
    this.#position++;
  }

  #turn(): void {
    const { limit, reverse } = this.#rest;
    this.#page = this.#read(this.#rest);
    this.#position = 0;
    this.#last = this.#page.length < limit;
    const end = this.#page.at(-1)?.[0];
    if (end === undefined) return;
    const bound = reverse === true ? { to: end } : { from: `${end}\0` };
    this.#rest = { ...this.#rest, ...bound, limit: limit * 2 };
  }
}

interface Merged {
  readonly entries: Entry[];
  /** Deleted keys before the first entry. */
  readonly walked: number;
}

function merge(base: Pages<ByteString>, pending: Pages<Ordered>, { reverse, limit }: Range): Merged {
  const merged: Entry[] = [];
  let walked = 0;
  while (merged.length < limit) {
    const old = base.peek();
    const now = pending.peek();
    if (now === undefined) {
      if (old === undefined) break;
      merged.push(old);
      base.next();
      continue;
    }
    if (old !== undefined && (reverse === true ? old[0] > now[0] : old[0] < now[0])) {
      merged.push(old);
      base.next();
      continue;
    }
    if (old !== undefined && old[0] === now[0]) base.next();
    if (now[1] !== null) merged.push(now as Entry);
    else if (merged.length === 0) walked += 1;
    pending.next();
  }
  return { entries: merged, walked };
}
