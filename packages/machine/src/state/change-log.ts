// Every change of a key gets the next revision and one line here. One record a commit (or several, when it changed
// much), named by its first revision, so that a cursor finds its place with one look-up. Old records go by count and by
// age in log time; who asks for what is gone is told `compacted`, never given less.
import { type CommitIndex, invariant, type Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { readU48, sized, Unpacker, varint } from "../bytes/packing.ts";
import type { Batch } from "../store/batch.ts";
import type { MachineConfig } from "./config.ts";
import { endOf, logKey, tombstoneKey } from "./layout.ts";
import type { Meta } from "./meta.ts";

export interface Change {
  readonly revision: number;
  readonly index: CommitIndex;
  /** Log time of the commit. */
  readonly time: Millis;
  /** What happened, in the words of Redis's keyspace events: `set`, `del`, `expired`, `lpush`, … */
  readonly event: string;
  /** Empty for `flushall`. */
  readonly key: ByteString;
  /** The key is gone. */
  readonly removed: boolean;
}

const RECORD_BYTES_MAX = 32 * 1024;
const PAGE = 16;
const COMPACTED_RECORDS = 8;
const LOG_END = endOf("l");

/** The changes of the commit at hand, until they are packed at its end. */
export class ChangeLog {
  readonly #batch: Batch;
  readonly #config: MachineConfig;
  readonly #meta: Meta;
  #lines: ByteString[] = [];

  constructor(batch: Batch, meta: Meta, config: MachineConfig) {
    this.#batch = batch;
    this.#meta = meta;
    this.#config = config;
  }

  /** Notes one change and answers its revision. */
  record(event: string, key: ByteString, removed: boolean): number {
    this.#lines.push((removed ? "\x01" : "\x00") + sized(event) + sized(key));
    return ++this.#meta.revision;
  }

  /** Where `rollback` can come back to. */
  get savepoint(): number {
    return this.#lines.length;
  }

  rollback(savepoint: number): void {
    this.#lines.length = savepoint;
  }

  /**
   * Up to `limit` changes from a revision on, as far as commits have been sealed. An empty page whose `next` is the
   * cursor itself means: nothing yet.
   */
  read(from: number, limit: number): LogPage {
    const { firstRevision } = this.#meta;
    const last = this.#meta.revision - this.#lines.length;
    if (from < firstRevision) return { kind: "compacted", first: firstRevision };
    if (from > this.#meta.revision + 1) return { kind: "gap", last: this.#meta.revision };
    const changes: Change[] = [];
    if (from > last) return { kind: "changes", changes, next: from };
    const [covering] = this.#batch.range({ from: "l", to: logKey(from + 1), reverse: true, limit: 1 });
    let cursor = covering?.[0];
    while (cursor !== undefined && changes.length < limit) {
      const records = this.#batch.range({ from: cursor, to: LOG_END, limit: PAGE });
      for (const change of records.flatMap(unpackChanges)) {
        if (change.revision >= from && changes.length < limit) changes.push(change);
      }
      cursor = records.length < PAGE ? undefined : `${records.at(-1)![0]}\0`;
    }
    invariant(changes[0]?.revision === from, "the change log has a hole");
    return { kind: "changes", changes, next: from + changes.length };
  }

  /** Packs the commit's changes and lets go of what is too old or too much. */
  seal(index: CommitIndex, time: Millis): void {
    const meta = this.#meta;
    let revision = meta.revision - this.#lines.length + 1;
    let records = 0;
    for (let start = 0; start < this.#lines.length; records++) {
      let bytes = 0;
      let end = start;
      while (end < this.#lines.length && (end === start || bytes < RECORD_BYTES_MAX))
        bytes += this.#lines[end++]!.length;
      const count = end - start;
      const head = varint(count) + varint(index) + varint(time);
      this.#batch.put(logKey(revision), head + this.#lines.slice(start, end).join(""));
      revision += count;
      start = end;
    }
    meta.logEntries += this.#lines.length;
    this.#lines = [];
    this.#compact(time, COMPACTED_RECORDS + 2 * records);
  }

  /**
   * Lets go of a few more records than the commit added, so that the log keeps to its bounds and a long idle time does
   * not make one commit long.
   */
  #compact(time: Millis, budget: number): void {
    const meta = this.#meta;
    for (; budget > 0 && meta.logEntries > 0; budget--) {
      const key = logKey(meta.firstRevision);
      const record = this.#batch.get(key);
      invariant(record !== undefined, "the change log does not begin where it says");
      const head = unpackHead(new Unpacker(record));
      const madeAt = head.time > 0 ? head.time : this.#timeFrom(meta.firstRevision + head.count);
      const tooOld = madeAt < time - this.#config.logAgeMsMax;
      // Whole records go; as long as one is needed to reach the count, it stays.
      if (!tooOld && meta.logEntries - head.count < this.#config.logEntriesMax) return;
      const changes = unpackChanges([key, record]);
      this.#batch.delete(key);
      meta.logEntries -= changes.length;
      meta.firstRevision = changes.at(-1)!.revision + 1;
      for (const { removed, key, revision } of changes) {
        if (!removed) continue;
        const tombstone = this.#batch.get(tombstoneKey(key));
        if (tombstone !== undefined && readU48(tombstone, 0) === revision) this.#batch.delete(tombstoneKey(key));
      }
    }
  }

  /** The first time that is known from a revision on. The first commits know none, and count as of the first that does. */
  #timeFrom(revision: number): Millis {
    for (let next = revision; ; ) {
      const record = this.#batch.get(logKey(next));
      if (record === undefined) return Number.POSITIVE_INFINITY;
      const { count, time } = unpackHead(new Unpacker(record));
      if (time > 0) return time;
      next += count;
    }
  }
}

export type LogPage =
  | { readonly kind: "changes"; readonly changes: readonly Change[]; readonly next: number }
  /** Changes from that revision on are no longer all there; the first that is. */
  | { readonly kind: "compacted"; readonly first: number }
  /** The cursor is ahead of this state: it comes from another history. */
  | { readonly kind: "gap"; readonly last: number };

function unpackChanges([key, record]: readonly [ByteString, ByteString]): Change[] {
  const first = readU48(key, 1);
  const unpacker = new Unpacker(record);
  const { count, index, time } = unpackHead(unpacker);
  const changes: Change[] = [];
  for (let offset = 0; offset < count; offset++) {
    const removed = unpacker.byte() === 1;
    const event = unpacker.sized();
    changes.push({ revision: first + offset, index, time, event, key: unpacker.sized(), removed });
  }
  return changes;
}

function unpackHead(unpacker: Unpacker): {
  readonly count: number;
  readonly index: CommitIndex;
  readonly time: Millis;
} {
  return { count: unpacker.varint(), index: unpacker.varint(), time: unpacker.varint() };
}
