// The keys: what type each has, when it expires, at which revision it last changed, and where its content is. Every
// change of a key goes through here, so that none can forget its revision, its line in the change log, its deadline or
// the count of keys.
//
// A string's value is the body of its header. A collection's body names its generation and the roots of its trees; the
// trees' nodes live below the generation, so that dropping a collection is one note in the garbage list.
//
// A key whose deadline log time has reached is not there for anyone, whether or not its removal has been carried out.
import { invariant, type Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48, U48_MAX, Unpacker, u48 } from "../bytes/packing.ts";
import { wrongType } from "../commands/command-error.ts";
import type { Batch } from "../store/batch.ts";
import type { ChangeLog } from "./change-log.ts";
import { CountedIndex, EMPTY_TREE, packTree, unpackTree } from "./counted-index.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Garbage } from "./garbage.ts";
import { endOf, generationPrefix, HEADER_KEY_PREFIX_BYTES, headerKey, keyspacePrefix, tombstoneKey } from "./layout.ts";
import type { Meta } from "./meta.ts";

/** Types of keys, as TYPE names them. The place in the list is the type's code in records: append only. */
const TYPES = ["string", "list", "hash", "set", "zset", "lock", "election", "semaphore", "rate"] as const;
export type KeyType = (typeof TYPES)[number];

/** How many trees a collection of each type has. A sorted set has members by score, and scores by member. */
const TREES: Partial<Record<KeyType, number>> = { list: 1, hash: 1, set: 1, zset: 2 };

/** Types whose keys are leases (leases.ts). */
export const LEASES: ReadonlySet<KeyType> = new Set(["lock", "election", "semaphore"]);

export interface KeyEntry {
  readonly type: KeyType;
  /** Of its last change. */
  readonly revision: number;
  /** Log time at which it expires; 0: never. */
  readonly expireAt: Millis;
  readonly body: ByteString;
}

/** Thrown when a read meets a deadline that is past by the reader's clock but not by log time (design 9, rule 2). */
export class DeadlineMet extends Error {
  override readonly name: string = "DeadlineMet";
  readonly at: Millis;

  constructor(at: Millis) {
    super(`a deadline at ${at} has passed by the wall clock only`);
    this.at = at;
  }
}

/** A collection as commands see it: its trees, and what has to be written when it changed. */
export interface Collection {
  readonly type: KeyType;
  readonly generation: number;
  readonly expireAt: Millis;
  /** Set and hash: by hash and member. List: by position. Sorted set: by score and member. */
  readonly index: CountedIndex;
  /** Sorted set: scores by member. */
  readonly scores: CountedIndex | undefined;
}

export interface KeyspaceParts {
  readonly batch: Batch;
  readonly meta: Meta;
  readonly log: ChangeLog;
  readonly deadlines: Deadlines;
  readonly garbage: Garbage;
}

const COPY_PAGE = 256;

/** The longest expiry that can be stored: the year 10889. */
export const EXPIRE_AT_MAX: Millis = U48_MAX;

export class Keyspace {
  readonly #batch: Batch;
  readonly #meta: Meta;
  readonly #log: ChangeLog;
  readonly #deadlines: Deadlines;
  readonly #garbage: Garbage;
  /** The reader's clock while a query runs; undefined while the log is applied. */
  readonly #wall: Millis | undefined;

  constructor({ batch, meta, log, deadlines, garbage }: KeyspaceParts, wall?: Millis) {
    this.#batch = batch;
    this.#meta = meta;
    this.#log = log;
    this.#deadlines = deadlines;
    this.#garbage = garbage;
    this.#wall = wall;
  }

  /** Keys that are there, those included whose expiry has not been carried out yet (as DBSIZE counts in Redis). */
  get count(): number {
    return this.#meta.keyCount;
  }

  /**
   * What a query does with a deadline that it finds: one that is past by the reader's clock only has to be told of by the
   * log first. The log itself knows no clock but its own, and is never sent back.
   */
  meet(deadline: Millis): void {
    if (this.#wall !== undefined && deadline > this.#meta.time && deadline <= this.#wall)
      throw new DeadlineMet(deadline);
  }

  /** The key, or undefined if it is not there. */
  read(key: ByteString): KeyEntry | undefined {
    const record = this.#batch.get(headerKey(this.#meta.keyspace, key));
    return record === undefined ? undefined : this.#live(key, unpackHeader(record));
  }

  /** As `read`; a key of another type is an error. */
  readAs(key: ByteString, type: KeyType): KeyEntry | undefined {
    const entry = this.read(key);
    if (entry !== undefined && entry.type !== type) throw wrongType();
    return entry;
  }

  /** A string's value. */
  readString(key: ByteString): ByteString | undefined {
    return this.readAs(key, "string")?.body;
  }

  /** A collection to read from, or undefined if the key is not there. */
  readCollection(key: ByteString, type: KeyType): Collection | undefined {
    const entry = this.readAs(key, type);
    return entry === undefined ? undefined : this.open(entry);
  }

  /** A collection to change: a new, empty one if the key is not there. Nothing lasts until `saveCollection`. */
  editCollection(key: ByteString, type: KeyType): Collection {
    return this.readCollection(key, type) ?? this.newCollection(type);
  }

  /** An empty collection that no key names yet. */
  newCollection(type: KeyType): Collection {
    return this.#collection(type, ++this.#meta.generation, 0, undefined);
  }

  /** The trees that an entry's body names. */
  open(entry: KeyEntry): Collection {
    const unpacker = new Unpacker(entry.body);
    return this.#collection(entry.type, unpacker.u48(), entry.expireAt, unpacker);
  }

  /**
   * Makes a collection what the key holds, and notes the change. An empty one removes the key: `emptied` names that
   * event. Whatever else the key held before is dropped.
   */
  saveCollection(key: ByteString, collection: Collection, event: string, emptied = "del"): number {
    const { type, generation, index, scores, expireAt } = collection;
    if (index.size === 0) {
      // Redis tells of the change that emptied a collection, and then of its removal.
      if (this.read(key) === undefined) return this.#meta.revision;
      this.#log.record(event, key, false);
      return this.remove(key, emptied);
    }
    const body = u48(generation) + packTree(index.state) + (scores === undefined ? "" : packTree(scores.state));
    return this.write(key, { type, body, expireAt }, event);
  }

  /** Sets what a key holds, and notes the change. A collection that it held before is dropped, unless it is the same. */
  write(key: ByteString, now: Omit<KeyEntry, "revision">, event: string): number {
    const before = this.#peek(key);
    const revision = this.#log.record(event, key, false);
    this.#count(now.type, 1);
    if (before !== undefined) {
      this.#count(before.type, -1);
      this.#release(before, generationOf(now));
    }
    this.#moveDeadline(key, before?.expireAt ?? 0, now.expireAt);
    this.#batch.put(headerKey(this.#meta.keyspace, key), packHeader({ ...now, revision }));
    return revision;
  }

  /** Sets a string. */
  writeString(key: ByteString, value: ByteString, event: string, expireAt: Millis = 0): number {
    return this.write(key, { type: "string", body: value, expireAt }, event);
  }

  /** Changes when a key expires; 0: never. */
  expire(key: ByteString, entry: KeyEntry, at: Millis, event: string): number {
    return this.write(key, { ...entry, expireAt: at }, event);
  }

  /** Removes a key that is there. */
  remove(key: ByteString, event: string): number {
    const before = this.#peek(key);
    invariant(before !== undefined, "a key that is not there was removed");
    const revision = this.#log.record(event, key, true);
    this.#release(before, 0);
    this.#moveDeadline(key, before.expireAt, 0);
    this.#batch.delete(headerKey(this.#meta.keyspace, key));
    this.#batch.put(tombstoneKey(key), u48(revision));
    this.#count(before.type, -1);
    return revision;
  }

  /** Gives what a key holds another name. */
  rename(key: ByteString, entry: KeyEntry, target: ByteString): void {
    const moved = { type: entry.type, body: entry.body, expireAt: entry.expireAt };
    const revision = this.#log.record("rename_from", key, true);
    this.#moveDeadline(key, entry.expireAt, 0);
    this.#batch.delete(headerKey(this.#meta.keyspace, key));
    this.#batch.put(tombstoneKey(key), u48(revision));
    this.#count(entry.type, -1);
    this.write(target, moved, "rename_to");
  }

  /** The same content again, of its own: for a collection, its nodes are copied below a new generation. */
  duplicate(entry: KeyEntry): KeyEntry {
    if (TREES[entry.type] === undefined) return entry;
    const from = generationPrefix(generationOf(entry));
    const generation = ++this.#meta.generation;
    const prefix = generationPrefix(generation);
    const to = endOf(from);
    let place = from;
    for (;;) {
      const page = this.#batch.range({ from: place, to, limit: COPY_PAGE });
      for (const [key, record] of page) this.#batch.put(prefix + key.slice(from.length), record);
      if (page.length < COPY_PAGE) return { ...entry, body: u48(generation) + entry.body.slice(6) };
      place = `${page.at(-1)![0]}\0`;
    }
  }

  /** Removes every key in one step. */
  flush(event: string): void {
    this.#garbage.add({ kind: "keyspace", prefix: keyspacePrefix(this.#meta.keyspace) });
    this.#meta.keyspace = ++this.#meta.generation;
    this.#meta.keyCount = 0;
    this.#meta.leaseCount = 0;
    this.#meta.flushRevision = this.#log.record(event, "", true);
  }

  #count(type: KeyType, by: 1 | -1): void {
    this.#meta.keyCount += by;
    if (LEASES.has(type)) this.#meta.leaseCount += by;
  }

  /** Lets go of what a flushed header owns; the garbage list calls this for each. */
  releaseFlushed(storeKey: ByteString, record: ByteString): void {
    const header = unpackHeader(record);
    this.#release(header, 0);
    if (header.expireAt !== 0) this.#deadlines.remove({ at: header.expireAt, kind: "k", ident: storeKey.slice(1) });
  }

  /** Carries out the expiry of a key that a due deadline names. */
  expireDue(ident: ByteString, at: Millis): void {
    const record = this.#batch.get(`k${ident}`);
    const key = ident.slice(HEADER_KEY_PREFIX_BYTES - 1);
    const current = record !== undefined && readU48(ident, 0) === this.#meta.keyspace;
    if (current && unpackHeader(record).expireAt === at) this.remove(key, "expired");
    else this.#deadlines.remove({ at, kind: "k", ident });
  }

  /** Whether a key has changed after that revision; when the log no longer tells, it is taken to have. */
  changedSince(key: ByteString, revision: number): boolean {
    const entry = this.read(key);
    if (entry !== undefined) return entry.revision > revision;
    // A flush leaves no mark of its own on each key, so it is taken to have changed all of them.
    if (this.#meta.flushRevision > revision) return true;
    const tombstone = this.#batch.get(tombstoneKey(key));
    if (tombstone !== undefined) return readU48(tombstone, 0) > revision;
    return this.#meta.firstRevision > revision + 1;
  }

  /**
   * The keys from a place in the keyspace on, with the place of the next ones: places are the first six bytes of a
   * key's hash, as numbers. Keys that share a place come together, however many they are.
   */
  scan(place: number, count: number): { readonly keys: readonly [ByteString, KeyEntry][]; readonly next: number } {
    const prefix = keyspacePrefix(this.#meta.keyspace);
    const to = keyspacePrefix(this.#meta.keyspace + 1);
    const keys: [ByteString, KeyEntry][] = [];
    let from = prefix + u48(place);
    let seen = 0;
    let last = -1;
    for (;;) {
      const limit = Math.max(16, Math.min(count + 1 - seen, 1024));
      const page = this.#batch.range({ from, to, limit });
      for (const [storeKey, record] of page) {
        const at = readU48(storeKey, 7);
        if (seen >= count && at !== last) return { keys, next: at };
        seen++;
        last = at;
        const key = storeKey.slice(HEADER_KEY_PREFIX_BYTES);
        const entry = this.#live(key, unpackHeader(record), false);
        if (entry !== undefined) keys.push([key, entry]);
      }
      if (page.length < limit) return { keys, next: 0 };
      from = `${page.at(-1)![0]}\0`;
    }
  }

  #collection(type: KeyType, generation: number, expireAt: Millis, trees: Unpacker | undefined): Collection {
    const nodes = {
      get: (key: ByteString): ByteString | undefined => this.#batch.get(key),
      put: (key: ByteString, value: ByteString): void => this.#batch.put(key, value),
      delete: (key: ByteString): void => this.#batch.delete(key),
      drop: (prefix: ByteString, node: number, height: number): void =>
        this.#garbage.add({ kind: "subtree", prefix, node, height }),
    };
    const prefix = generationPrefix(generation);
    const tree = (name: string): CountedIndex =>
      new CountedIndex(nodes, prefix + name, trees === undefined ? EMPTY_TREE : unpackTree(trees));
    const index = tree("a");
    return { type, generation, expireAt, index, scores: TREES[type] === 2 ? tree("b") : undefined };
  }

  #peek(key: ByteString): KeyEntry | undefined {
    const record = this.#batch.get(headerKey(this.#meta.keyspace, key));
    return record === undefined ? undefined : unpackHeader(record);
  }

  /** An entry if log time has not reached its expiry. While the log is applied, an expired one is removed at once. */
  #live(key: ByteString, entry: KeyEntry, removing = true): KeyEntry | undefined {
    const { expireAt } = entry;
    if (expireAt === 0) return entry;
    if (expireAt <= this.#meta.time) {
      if (removing && this.#wall === undefined) this.remove(key, "expired");
      return undefined;
    }
    this.meet(expireAt);
    return entry;
  }

  /** Drops what an entry owns outside of its header, unless `kept` is that very generation. */
  #release(entry: KeyEntry, kept: number): void {
    const generation = generationOf(entry);
    if (generation === 0 || generation === kept) return;
    this.#garbage.add({ kind: "prefix", prefix: generationPrefix(generation) });
  }

  #moveDeadline(key: ByteString, from: Millis, to: Millis): void {
    if (from === to) return;
    const ident = headerKey(this.#meta.keyspace, key).slice(1);
    if (from !== 0) this.#deadlines.remove({ at: from, kind: "k", ident });
    if (to !== 0) this.#deadlines.add({ at: to, kind: "k", ident });
  }
}

/** The generation that an entry's content lives below; 0 for what is wholly in its header. */
function generationOf({ type, body }: { readonly type: KeyType; readonly body: ByteString }): number {
  return TREES[type] === undefined ? 0 : readU48(body, 0);
}

function packHeader({ type, revision, expireAt, body }: KeyEntry): ByteString {
  return String.fromCharCode(TYPES.indexOf(type)) + u48(revision) + u48(expireAt) + body;
}

function unpackHeader(record: ByteString): KeyEntry {
  return {
    type: TYPES[record.charCodeAt(0)]!,
    revision: readU48(record, 1),
    expireAt: readU48(record, 7),
    body: record.slice(13),
  };
}
