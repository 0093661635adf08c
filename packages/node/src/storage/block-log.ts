// The block log: every accepted block, in order of acceptance, in the way of every acknowledgement. One sync serves all
// that was appended while the last one was under way.
//
// The laws it keeps: `sync` names a record only when it and all before it are on the device (or, with durability `os`,
// with the operating system); after any crash the log is a prefix of what was appended that ends no earlier than what was
// named; a record that is read back is the one that was written, or an error. Whoever cannot be trusted with one more
// write is done: after a failed sync nobody knows what the device has, so the log takes nothing more.
import { invariant, type LogRecord, type Round, type Storage } from "@quorate/core";
import { ENTRY_HEADER_BYTES, type Entry, type EntryKind, SEQUENCE_MAX, writeEntry } from "./entry.ts";
import type { LogScan } from "./scan.ts";
import { CLOSING_BYTES, SEGMENT_HEADER_BYTES, type Segment } from "./segment.ts";
import { type SpareOptions, Spares } from "./spares.ts";
import { deviceError } from "./storage-error.ts";

export interface BlockLogOptions extends SpareOptions {
  /** `os` trusts the operating system to outlive the process; only closing in order waits for the device. */
  readonly durability: "fsync" | "os";
  /** Below this much free space doors should refuse what grows the state. */
  readonly softFreeBytes: number;
  /** Written at the head of every segment and at every opening: what the next opener must know of this one. */
  readonly life: Uint8Array;
  readonly onPressure?: ((pressure: SpacePressure) => void) | undefined;
}

/** `soft`: votes and deletions go on from what is reserved. `hard`: nothing is left; the replica has to stop. */
export type SpacePressure = "none" | "soft" | "hard";

export interface ScrubReport {
  readonly records: number;
  readonly bytes: number;
  /** The newest durable record was reached; the next call begins with the oldest. */
  readonly lap: boolean;
}

interface Group {
  readonly promise: Promise<number>;
  readonly resolve: (upTo: number) => void;
  readonly reject: (error: unknown) => void;
}

const NOTHING = new Uint8Array(0);
const STAGING_BYTES = 1024 * 1024;

export class BlockLog implements Storage {
  readonly #options: BlockLogOptions;
  readonly #spares: Spares;
  readonly #segments: Segment[];
  #staging: Buffer = Buffer.allocUnsafeSlow(STAGING_BYTES);
  #pending: LogRecord[] = [];
  /** Taken from `#pending`, and not in a segment yet. */
  #writing: readonly LogRecord[] = [];
  #appended: number;
  #durable: number;
  /** The group under way, and the one that waits for it. */
  #current: Group | undefined;
  #next: Group | undefined;
  /** Written since their last sync, oldest first. */
  readonly #dirty = new Set<Segment>();
  /** The last entry is a record: nothing says yet that it is durable. */
  #unmarked = false;
  #until: { readonly round: Round; readonly cursor: number } = { round: 0, cursor: 0 };
  #removing: Promise<void> = Promise.resolve();
  #scrubbed = 0;
  #pressure: SpacePressure = "none";
  #failure: unknown;
  #closing: Promise<void> | undefined;

  /** Goes on from what a scan found: cuts off what was torn, makes sure of the rest, and begins a new life. */
  static async begin(scan: LogScan, options: BlockLogOptions): Promise<BlockLog> {
    if (scan.damage !== undefined) throw scan.damage;
    for (const { segment, from, to } of scan.torn) await segment.file.writeLater(Buffer.alloc(to - from), from);
    // What is handed to the core counts as durable, so it must be: the last process may have died before its sync.
    for (const segment of new Set([...scan.segments, ...scan.torn.map((torn) => torn.segment)])) {
      await segment.file.sync();
    }
    for (const path of scan.discarded) await options.files.remove(path);
    if (scan.discarded.length > 0) await options.files.syncDirectory(options.directory);
    const log = new BlockLog(scan, options);
    await log.#begin();
    return log;
  }

  private constructor(scan: LogScan, options: BlockLogOptions) {
    this.#options = options;
    this.#segments = [...scan.segments];
    this.#appended = scan.sequence;
    this.#durable = scan.sequence;
    const newest = scan.spares.at(-1) ?? scan.segments.at(-1);
    this.#spares = new Spares(options, scan.spares, (newest?.number ?? 0) + 1, () => this.#notePressure());
  }

  /** The newest sequence appended, and the newest that is durable; 0 if there is none. */
  get appended(): number {
    return this.#appended;
  }

  get durable(): number {
    return this.#durable;
  }

  get pressure(): SpacePressure {
    return this.#pressure;
  }

  /** Bytes on disk, segments kept ready included. */
  get bytes(): number {
    const used = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return used + this.#spares.ready * this.#options.segmentBytes;
  }

  /** Records larger than this do not fit. */
  get recordBytesMax(): number {
    const life = ENTRY_HEADER_BYTES + this.#options.life.length;
    return this.#options.segmentBytes - SEGMENT_HEADER_BYTES - life - CLOSING_BYTES - ENTRY_HEADER_BYTES;
  }

  append(records: readonly LogRecord[]): void {
    if (this.#failure !== undefined) throw this.#failure;
    invariant(this.#closing === undefined, "a closed log was appended to");
    for (const record of records) {
      invariant(record.sequence === this.#appended + 1, "a record was appended out of its sequence");
      invariant(record.sequence <= SEQUENCE_MAX, "sequences are used up");
      invariant(record.bytes.length <= this.recordBytesMax, "a record is larger than a segment");
      this.#appended = record.sequence;
      this.#pending.push(record);
    }
  }

  sync(): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending.length === 0) return this.#current?.promise ?? Promise.resolve(this.#durable);
    if (this.#next === undefined) {
      this.#next = createGroup();
      // Whatever else this turn appends comes along.
      if (this.#current === undefined) queueMicrotask(() => void this.#run());
    }
    return this.#next.promise;
  }

  async read(sequence: number): Promise<LogRecord | undefined> {
    const waiting = this.#unwritten(sequence);
    if (waiting !== undefined) return waiting;
    const segment = this.#segments.findLast((candidate) => candidate.holds(sequence));
    return (await segment?.records(sequence, sequence))?.[0];
  }

  async *range(): AsyncGenerator<LogRecord, void, undefined> {
    const last = this.#appended;
    for (let sequence = (this.#segments[0]?.base ?? 0) + 1; sequence <= last; ) {
      const segment = this.#segments.find((candidate) => candidate.last >= sequence);
      if (segment !== undefined) {
        // Space may have been reclaimed meanwhile.
        sequence = Math.max(sequence, segment.base + 1);
        const records = await segment.records(sequence, Math.min(segment.last, last));
        yield* records;
        sequence += records.length;
        continue;
      }
      const waiting = this.#unwritten(sequence);
      if (waiting === undefined) return;
      yield waiting;
      sequence += 1;
    }
  }

  reclaim(until: { readonly round: Round; readonly cursor: number }): void {
    this.#until = {
      round: Math.max(this.#until.round, until.round),
      cursor: Math.max(this.#until.cursor, until.cursor),
    };
    this.#reclaim();
  }

  /** Reads some records and notes back, oldest first, and throws where one is not what was written. */
  async scrub(budgetBytes: number): Promise<ScrubReport> {
    const from = Math.max(this.#scrubbed + 1, (this.#segments[0]?.base ?? 0) + 1);
    const segment = this.#segments.find((candidate) => candidate.last >= from);
    const last = Math.min(segment?.last ?? 0, this.#durable);
    if (segment === undefined || last < from) {
      this.#scrubbed = 0;
      return { records: 0, bytes: 0, lap: true };
    }
    let to = from;
    while (to < last && segment.offsetOf(to + 2) - segment.offsetOf(from) <= budgetBytes) to += 1;
    const bytes = segment.offsetOf(to + 1) - segment.offsetOf(from);
    await segment.check(from, to);
    const lap = to === this.#durable;
    this.#scrubbed = lap ? 0 : to;
    return { records: to - from + 1, bytes, lap };
  }

  /** Looks at the disk again: pressure comes and goes by itself. */
  async checkSpace(): Promise<SpacePressure> {
    await this.#spares.check();
    return this.#pressure;
  }

  /** Makes everything durable, says that nothing is missing, and lets go of the files. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #begin(): Promise<void> {
    if (this.#segments.length === 0 || !this.#fits(ENTRY_HEADER_BYTES + this.#options.life.length))
      await this.#rotate();
    else this.#note("life", this.#options.life);
    // A life is always on the device, whatever the durability: the next opener judges by it.
    for (const segment of this.#dirty) await segment.file.sync();
    this.#dirty.clear();
    this.#spares.refill();
  }

  async #run(): Promise<void> {
    try {
      while (this.#next !== undefined) {
        const group = this.#next;
        this.#current = group;
        this.#next = undefined;
        this.#writing = this.#pending;
        this.#pending = [];
        const upTo = this.#writing.at(-1)?.sequence ?? this.#durable;
        await this.#write();
        if (this.#options.durability === "fsync") await this.#syncDirty();
        this.#durable = upTo;
        group.resolve(upTo);
      }
      if (this.#unmarked && this.#active.end + ENTRY_HEADER_BYTES * 2 <= this.#active.bytes)
        this.#note("mark", NOTHING);
      this.#current = undefined;
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Puts the waiting records into segments: one write each, a new segment where one is full. */
  async #write(): Promise<void> {
    let staged = 0;
    const flush = (): void => {
      if (staged === 0) return;
      this.#put(this.#staging.subarray(0, staged));
      staged = 0;
    };
    const records = this.#writing;
    let at = 0;
    for (const record of records) {
      const size = ENTRY_HEADER_BYTES + record.bytes.length;
      if (!this.#fits(staged + size)) {
        flush();
        this.#writing = records.slice(at);
        await this.#rotate();
      } else if (staged + size > this.#staging.length) flush();
      if (size > this.#staging.length) this.#staging = Buffer.allocUnsafeSlow(size);
      const segment = this.#active;
      segment.index(record.kind, record.round, segment.end + staged);
      staged = writeEntry(this.#staging, staged, segment.salt, { ...record, durable: this.#durable });
      at += 1;
    }
    flush();
    this.#writing = [];
    this.#unmarked = true;
  }

  /** Oldest first: what a later segment holds counts only after what comes before it. */
  async #syncDirty(): Promise<void> {
    for (const segment of this.#dirty) await segment.file.sync();
    this.#dirty.clear();
  }

  async #rotate(): Promise<void> {
    const segment = await this.#spares.take();
    segment.base = this.#segments.at(-1)?.last ?? 0;
    this.#segments.push(segment);
    this.#note("life", this.#options.life);
    // The segment before is closed now, and may be obsolete already.
    this.#reclaim();
  }

  get #active(): Segment {
    const segment = this.#segments.at(-1);
    invariant(segment !== undefined, "the log has no segment");
    return segment;
  }

  #fits(bytes: number): boolean {
    return this.#active.end + bytes <= this.#active.bytes - CLOSING_BYTES;
  }

  /** Writes an entry of the log's own. */
  #note(kind: EntryKind, bytes: Uint8Array): void {
    const segment = this.#active;
    const entry: Entry = {
      kind,
      sequence: segment.last,
      round: 0,
      durable: Math.min(this.#durable, segment.last),
      bytes,
    };
    const note = Buffer.alloc(ENTRY_HEADER_BYTES + bytes.length);
    writeEntry(note, 0, segment.salt, entry);
    this.#put(note);
    this.#unmarked = false;
  }

  #put(bytes: Buffer): void {
    const segment = this.#active;
    segment.file.write(bytes, segment.end);
    segment.end += bytes.length;
    this.#dirty.add(segment);
  }

  #unwritten(sequence: number): LogRecord | undefined {
    for (const records of [this.#writing, this.#pending]) {
      const found = records[sequence - (records[0]?.sequence ?? 0)];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Gives back the oldest segments as long as nothing in them is needed. The one in use stays. */
  #reclaim(): void {
    let obsolete = 0;
    while (obsolete < this.#segments.length - 1 && !this.#segments[obsolete]!.isNeeded(this.#until)) obsolete += 1;
    if (obsolete === 0) return;
    for (const segment of this.#segments.splice(0, obsolete)) {
      this.#dirty.delete(segment);
      segment.retire();
      // One after the other, each name gone for good before the next: a crash must not leave a hole.
      this.#removing = this.#removing.then(() => this.#remove(segment.path));
    }
    this.#removing = this.#removing.then(() => {
      this.#spares.refill();
    });
  }

  async #remove(path: string): Promise<void> {
    if (this.#failure !== undefined) return;
    const { files, directory } = this.#options;
    try {
      await files.remove(path);
      await files.syncDirectory(directory);
    } catch (cause) {
      this.#fail(deviceError(`remove ${path}`, cause));
    }
  }

  #notePressure(): void {
    const { freeBytes, full, ready } = this.#spares;
    const soft = full || freeBytes < this.#options.softFreeBytes;
    const pressure = full && ready === 0 ? "hard" : soft ? "soft" : "none";
    if (pressure === this.#pressure) return;
    this.#pressure = pressure;
    this.#options.onPressure?.(pressure);
  }

  #fail(cause: unknown): void {
    this.#failure ??= deviceError(`write to the block log in ${this.#options.directory}`, cause);
    this.#current?.reject(this.#failure);
    this.#next?.reject(this.#failure);
    this.#current = undefined;
    this.#next = undefined;
  }

  async #close(): Promise<void> {
    try {
      if (this.#failure === undefined) {
        await this.sync();
      }
      await this.#removing;
      await this.#spares.close();
      if (this.#failure === undefined) {
        await this.#syncDirty();
        this.#note("stop", NOTHING);
        await this.#syncDirty();
      }
    } catch (cause) {
      throw deviceError(`close the block log in ${this.#options.directory}`, cause);
    } finally {
      for (const segment of this.#segments) segment.retire();
    }
  }
}

function createGroup(): Group {
  let resolve: (upTo: number) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<number>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
