// The machine's state on LMDB. A commit is in memory at once and on the device later: commits wait in an overlay and go
// down together, one transaction a flush, so that repeated keys cost once and no reply waits for a B-tree.
//
// The laws it keeps: state reaches the file only together with the index of the commit that it reflects, and only after
// the log holds everything that it was derived from (`release` says up to which commit that is); what is announced as
// flushed is on the device. LMDB syncs while it goes on (overlapping sync), never without syncing and never through a
// writable map: the file is a state that once was, whatever happened.
import { crc32 } from "node:zlib";
import { type CommitIndex, invariant, toHex } from "@quorate/core";
import {
  Batch,
  type ByteString,
  type Entry,
  type Range,
  type Store,
  type StoreReader,
  type StoreReplacement,
  type StoreSnapshot,
  type Write,
} from "@quorate/machine";
import { type Database, open, type RangeOptions, type RootDatabase, type Transaction, TransactionFlags } from "lmdb";
import { StorageError } from "../storage/storage-error.ts";

export interface LmdbStoreOptions {
  /** A folder of its own. */
  readonly path: string;
  readonly genesisHash: Uint8Array;
  /** Called when the state of that commit is on the device. */
  readonly onFlushed?: (index: CommitIndex) => void;
  /** Called when a flush failed: nothing is flushed from then on. */
  readonly onFailure?: (error: unknown) => void;
  /** Commits wait at most this long for others, once they are released. */
  readonly flushEveryMs?: number;
  /** More than this in the overlay is flushed at once. */
  readonly overlayBytesMax?: number;
}

interface WaitingCommit {
  readonly index: CommitIndex;
  readonly writes: readonly Write[];
  readonly bytes: number;
}

/** Three, so that a content can be made while another is read and a third is what a restart would find. */
const CONTENTS = ["a", "b", "c"] as const;

/** Which of the content databases counts, and as of which commit. */
interface Current {
  readonly content: (typeof CONTENTS)[number];
  readonly index: CommitIndex;
}

type Content = Database<Buffer, Buffer>;
type Table = Database<unknown, string>;

const FORMAT_VERSION = 1;
const CHECKSUM_BYTES = 4;
const ASIDE_FLAGS: number = TransactionFlags.ABORTABLE | TransactionFlags.NO_SYNC_FLUSH;

export class LmdbStore implements Store {
  readonly #root: RootDatabase;
  readonly #meta: Table;
  readonly #contents: Readonly<Record<Current["content"], Content>>;
  readonly #options: LmdbStoreOptions;
  #current: Current;
  /** The content that a restart would find; another one than the current after a restore, until that is released. */
  #durable: Current["content"];
  #index: CommitIndex;
  /** Commits that the file does not show yet, in order, and the same as one reader. */
  #waiting: WaitingCommit[] = [];
  #overlay: Batch;
  #waitingBytes = 0;
  #released: CommitIndex = 0;
  #flushed: CommitIndex;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  /** Opens the store in that folder, or makes one; refuses that of another cluster. */
  static open(options: LmdbStoreOptions): LmdbStore {
    const root = open({
      path: options.path,
      overlappingSync: true,
      separateFlushed: true,
      maxDbs: 4,
      keyEncoding: "ordered-binary",
      encoding: "json",
    });
    return new LmdbStore(root, options);
  }

  private constructor(root: RootDatabase, options: LmdbStoreOptions) {
    this.#root = root;
    this.#options = options;
    this.#meta = root.openDB<unknown, string>({ name: "meta", encoding: "json" });
    const content = (name: string): Content =>
      root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });
    this.#contents = { a: content("a"), b: content("b"), c: content("c") };
    this.#checkIdentity();
    this.#current = (this.#meta.get("current") as Current | undefined) ?? { content: "a", index: 0 };
    this.#durable = this.#current.content;
    this.#index = this.#flushed = this.#current.index;
    this.#overlay = this.#replay();
    // What a restore left aside that never came to its end.
    for (const name of CONTENTS) {
      const aside = this.#contents[name];
      if (name !== this.#current.content && aside.getKeysCount({ limit: 1 }) > 0) aside.clearSync();
    }
  }

  get index(): CommitIndex {
    return this.#index;
  }

  /** The commit that is on the device. */
  get flushedIndex(): CommitIndex {
    return this.#flushed;
  }

  /** What waits in memory. */
  get overlayBytes(): number {
    return this.#waitingBytes;
  }

  get(key: ByteString): ByteString | undefined {
    return this.#overlay.get(key);
  }

  range(range: Range): Entry[] {
    return this.#overlay.range(range);
  }

  commit(index: CommitIndex, writes: readonly Write[]): void {
    invariant(this.#closing === undefined, "a closed store was written to");
    let bytes = 64;
    for (const [key, value] of writes) bytes += key.length + (value?.length ?? 0) + 32;
    const commit = { index, writes, bytes };
    this.#waiting.push(commit);
    this.#waitingBytes += bytes;
    lay(this.#overlay, commit);
    this.#index = index;
    this.#plan();
  }

  /** The log holds everything up to this commit: state up to it may become durable. */
  release(upTo: CommitIndex): void {
    if (upTo <= this.#released) return;
    this.#released = upTo;
    this.#plan();
  }

  /** Makes durable what is released, now. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#mayWrite()) return;
    this.#flushing = this.#write().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  snapshot(): StoreSnapshot {
    return new LmdbSnapshot(this.#index, this.#contents[this.#current.content], this.#waiting);
  }

  /**
   * Reads some records of the file back, in order, and finds each again by its key: rot in the pages above the records
   * hides what a walk still meets. Throws where something is not what was written; answers where to go on, or undefined
   * after the last.
   */
  scrub(from: ByteString, limit: number): ByteString | undefined {
    const content = this.#contents[this.#current.content];
    const start = from === "" ? {} : { start: toBuffer(from) };
    let last: Buffer | undefined;
    let count = 0;
    for (const { key, value } of content.getRange({ ...start, limit })) {
      unseal(key, value);
      const isInOrder = last === undefined ? toText(key) >= from : Buffer.compare(last, key) < 0;
      if (!isInOrder || !content.doesExist(key)) {
        throw new StorageError("corruption", `the state's record ${key.toString("hex")} is out of its place`);
      }
      last = Buffer.from(key);
      count += 1;
    }
    return last === undefined || count < limit ? undefined : `${toText(last)}\0`;
  }

  /** The new content counts at once for readers, and for a restart only when its commit is released. */
  replace(): StoreReplacement {
    const name = CONTENTS.find((each) => each !== this.#current.content && each !== this.#durable)!;
    const content = this.#contents[name];
    content.clearSync();
    return {
      add: (entries) => {
        this.#root.transactionSync(() => {
          for (const [key, value] of entries) content.putSync(toBuffer(key), seal(key, value));
        }, ASIDE_FLAGS);
      },
      finish: (index) => {
        // A flush of the old content that is still under way finds another one current, and gives up.
        this.#current = { content: name, index };
        this.#waiting = [];
        this.#waitingBytes = 0;
        this.#index = index;
        this.#overlay = this.#replay();
        this.#plan();
      },
      abort: () => content.clearSync(),
    };
  }

  /** Flushes what is released; the rest is in the log. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes without flushing anything more: what a killed process leaves. */
  abandon(): Promise<void> {
    this.#closing ??= this.#abandon();
    return this.#closing;
  }

  async #abandon(): Promise<void> {
    clearTimeout(this.#timer);
    // What has begun ends one way or the other; LMDB's own threads are in it.
    await this.#flushing?.catch(() => undefined);
    await this.#root.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.flush();
    } finally {
      await this.#root.close();
    }
  }

  #checkIdentity(): void {
    const own = { formatVersion: FORMAT_VERSION, genesisHash: toHex(this.#options.genesisHash) };
    const found = this.#meta.get("identity") as (typeof own & { readonly sum: number }) | undefined;
    if (found === undefined) {
      this.#meta.putSync("identity", { ...own, sum: crc32(JSON.stringify(own)) });
      return;
    }
    const { sum, ...told } = found;
    if (sum !== crc32(JSON.stringify(told))) {
      throw new StorageError("corruption", `whose state ${this.#options.path} holds is not what was written`);
    }
    if (found.formatVersion !== own.formatVersion) {
      throw new StorageError(
        "version",
        `${this.#options.path} has state format ${found.formatVersion}, this program reads ${FORMAT_VERSION}`,
      );
    }
    if (found.genesisHash !== own.genesisHash) {
      throw new StorageError(
        "configuration",
        `${this.#options.path} holds the state of another cluster; check the path`,
      );
    }
  }

  /** How many of the waiting commits may go down. */
  #flushable(): number {
    let count = 0;
    while ((this.#waiting[count]?.index ?? Number.POSITIVE_INFINITY) <= this.#released) count += 1;
    return count;
  }

  #mayWrite(): boolean {
    return this.#isReplacing() || (this.#waiting[0]?.index ?? Number.POSITIVE_INFINITY) <= this.#released;
  }

  /** A restored content waits to be made the one that a restart finds, and may be. */
  #isReplacing(): boolean {
    return this.#durable !== this.#current.content && this.#current.index <= this.#released;
  }

  #plan(): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    if (!this.#mayWrite()) return;
    const { flushEveryMs = 100, overlayBytesMax = 8 * 1024 * 1024 } = this.#options;
    const full = this.#waitingBytes > overlayBytesMax;
    if (this.#timer !== undefined && !full) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.flush().catch((error: unknown) => this.#options.onFailure?.(error));
      },
      full ? 0 : flushEveryMs,
    );
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const current = this.#current;
    const commits = this.#waiting.slice(0, this.#flushable());
    const index = commits.at(-1)?.index ?? current.index;
    const writes = new Map<ByteString, ByteString | undefined>();
    for (const commit of commits) for (const [key, value] of commit.writes) writes.set(key, value);
    try {
      const content = this.#contents[current.content];
      let written = false;
      await this.#root.transaction(() => {
        if (this.#current !== current) return;
        written = true;
        for (const [key, value] of writes) {
          if (value === undefined) content.removeSync(toBuffer(key));
          else content.putSync(toBuffer(key), seal(key, value));
        }
        this.#meta.putSync("current", { content: current.content, index });
      });
      // Also when a restore came in between: the file says what it says.
      if (written) this.#settle(current.content);
      if (this.#current !== current) return;
      this.#current = { content: current.content, index };
      // Reads must see the new file before the overlay stops covering it.
      this.#root.resetReadTxn();
      this.#waiting.splice(0, commits.length);
      for (const { bytes } of commits) this.#waitingBytes -= bytes;
      this.#overlay = this.#replay();
      await this.#root.flushed;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    if (index > this.#flushed) {
      this.#flushed = index;
      this.#options.onFlushed?.(index);
    }
    this.#plan();
  }

  /** A restart would find this content from now on; what it would have found before can go. */
  #settle(content: Current["content"]): void {
    const before = this.#durable;
    this.#durable = content;
    if (before !== content) this.#contents[before].clearSync();
  }

  #replay(): Batch {
    const overlay = new Batch(new ContentReader(this.#contents[this.#current.content], undefined));
    for (const commit of this.#waiting) lay(overlay, commit);
    return overlay;
  }
}

/** The state at one moment: a read transaction of LMDB, and what was above the file then. */
class LmdbSnapshot implements StoreSnapshot {
  readonly index: CommitIndex;
  readonly #transaction: Transaction;
  readonly #reader: ContentReader;
  readonly #waiting: readonly WaitingCommit[];
  #overlay: Batch | undefined;
  #open = true;

  constructor(index: CommitIndex, content: Content, waiting: readonly WaitingCommit[]) {
    this.index = index;
    content.resetReadTxn();
    this.#transaction = content.useReadTransaction();
    this.#reader = new ContentReader(content, this.#transaction);
    this.#waiting = [...waiting];
  }

  get(key: ByteString): ByteString | undefined {
    return this.#read().get(key);
  }

  range(range: Range): Entry[] {
    return this.#read().range(range);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#overlay = undefined;
    this.#transaction.done();
  }

  /** Most checkpoints are never asked for, so their overlay is laid only when one is. */
  #read(): Batch {
    invariant(this.#open, "a closed snapshot was read");
    if (this.#overlay === undefined) {
      this.#overlay = new Batch(this.#reader);
      for (const commit of this.#waiting) lay(this.#overlay, commit);
    }
    return this.#overlay;
  }
}

class ContentReader implements StoreReader {
  readonly #content: Content;
  readonly #options: { readonly transaction: Transaction } | undefined;

  constructor(content: Content, transaction: Transaction | undefined) {
    this.#content = content;
    this.#options = transaction === undefined ? undefined : { transaction };
  }

  get(key: ByteString): ByteString | undefined {
    // The empty string bounds ranges and is no key.
    if (key === "") return undefined;
    const bytes = toBuffer(key);
    const record = reading(() => this.#content.get(bytes, this.#options));
    return record === undefined ? undefined : unseal(bytes, record);
  }

  range({ from, to, reverse, limit }: Range): Entry[] {
    if (to !== undefined && from >= to) return [];
    const low = from === "" ? {} : { [reverse === true ? "end" : "start"]: toBuffer(from) };
    const high = to === undefined ? {} : { [reverse === true ? "start" : "end"]: toBuffer(to) };
    const options: RangeOptions = { ...this.#options, ...low, ...high, limit };
    if (reverse === true) Object.assign(options, { reverse, inclusiveEnd: true, exclusiveStart: to !== undefined });
    return reading(() => {
      const found: Entry[] = [];
      for (const { key, value } of this.#content.getRange(options)) found.push([toText(key), unseal(key, value)]);
      return found;
    });
  }
}

/** What LMDB throws when its pages make no sense says nothing of the command that met them. */
function reading<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError("corruption", `the state cannot be read: ${String(cause)}`, cause);
  }
}

/** Lays a commit's writes over what is there, for good. */
function lay(overlay: Batch, { writes }: WaitingCommit): void {
  for (const [key, value] of writes) {
    if (value === undefined) overlay.delete(key);
    else overlay.put(key, value);
  }
  overlay.mark();
}

/** A record as it is kept: a checksum of key and value, then the value. LMDB would hand out rotten pages as they are. */
function seal(key: ByteString, value: ByteString): Buffer {
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + value.length);
  record.write(value, CHECKSUM_BYTES, "latin1");
  record.writeUInt32LE(crc32(record.subarray(CHECKSUM_BYTES), crc32(toBuffer(key))), 0);
  return record;
}

function unseal(key: Buffer, record: Buffer): ByteString {
  const isWhole = record.length >= CHECKSUM_BYTES;
  if (!isWhole || record.readUInt32LE(0) !== crc32(record.subarray(CHECKSUM_BYTES), crc32(key))) {
    throw new StorageError("corruption", `the state's record ${key.toString("hex")} is not what was written`);
  }
  return record.toString("latin1", CHECKSUM_BYTES);
}

function toBuffer(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

function toText(bytes: Buffer): ByteString {
  return bytes.toString("latin1");
}
