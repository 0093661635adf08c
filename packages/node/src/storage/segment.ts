// A segment: one file of the log, written full of zeros before it is used, because overwriting costs a sync half of what
// growing does. Its header names the cluster and the incarnation that it belongs to; the rest is entries up to the first
// that is not whole, and zeros after that.
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { FORMAT_VERSION, fromHex, type LogRecord, type Round } from "@quorate/core";
import { ENTRY_HEADER_BYTES, isRecordKind, readEntryHeader, readPayload } from "./entry.ts";
import type { OpenFile } from "./files.ts";
import { StorageError } from "./storage-error.ts";

/** What a log is bound to: it is refused under any other. */
export interface LogIdentity {
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  /** 16 bytes as hex. */
  readonly clusterId: string;
  /** Counts how often this data directory began anew after its log was lost; from 1. */
  readonly incarnation: number;
}

export const SEGMENT_HEADER_BYTES = 128;
const MAGIC = Buffer.from("quorate\n", "latin1");
const SUM_AT = SEGMENT_HEADER_BYTES - 4;

/** magic 0 · version 8 · number 12 · incarnation 16 · cluster id 24 · genesis hash 40 · nonce 72 · zeros · sum 124. */
export function encodeSegmentHeader(identity: LogIdentity, number: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.set(MAGIC, 0);
  header.writeUInt32LE(FORMAT_VERSION, 8);
  header.writeUInt32LE(number, 12);
  header.writeUIntLE(identity.incarnation, 16, 6);
  header.set(fromHex(identity.clusterId), 24);
  header.set(identity.genesisHash, 40);
  // Nobody outside can guess it, so no payload can contain bytes that pass for entries of this segment.
  header.set(randomBytes(8), 72);
  header.writeUInt32LE(crc32(header.subarray(0, SUM_AT)), SUM_AT);
  return header;
}

export type HeaderVerdict = "own" | "rotten" | "stale";

/** Judges a header; throws where the file is whole and of another cluster, version or future. */
export function judgeSegmentHeader(bytes: Buffer, identity: LogIdentity, number: number, path: string): HeaderVerdict {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return "rotten";
  if (crc32(bytes.subarray(0, SUM_AT)) !== bytes.readUInt32LE(SUM_AT)) return "rotten";
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) {
    throw new StorageError("version", `${path} has log format ${version}, this program reads ${FORMAT_VERSION}`);
  }
  const cluster = bytes.subarray(24, 40).equals(fromHex(identity.clusterId));
  if (!cluster || !bytes.subarray(40, 72).equals(identity.genesisHash)) {
    throw new StorageError("configuration", `${path} belongs to another cluster; check the data directory's path`);
  }
  const incarnation = bytes.readUIntLE(16, 6);
  if (incarnation < identity.incarnation) return "stale";
  if (incarnation > identity.incarnation) {
    throw new StorageError("configuration", `${path} is newer than meta.json beside it; was an old copy put back?`);
  }
  return bytes.readUInt32LE(12) === number ? "own" : "rotten";
}

export function segmentName(number: number): string {
  return `${String(number).padStart(10, "0")}.log`;
}

export function segmentNumber(name: string): number | undefined {
  const match = /^(\d{10})\.log$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export class Segment {
  readonly number: number;
  readonly path: string;
  readonly file: OpenFile;
  readonly bytes: number;
  /** Where sums start from: the header's own sum, which binds everything in the header. */
  readonly salt: number;
  /** The sequence before its first record. */
  base = 0;
  /** Where the next entry goes. */
  end: number = SEGMENT_HEADER_BYTES;
  /** Where each record's entry begins. */
  readonly #offsets: number[] = [];
  #highestRound: Round = 0;
  #highestCursor = -1;
  #readers = 0;
  #retired = false;

  constructor(number: number, path: string, file: OpenFile, header: Buffer) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.bytes = file.size;
    this.salt = header.readUInt32LE(SUM_AT);
  }

  /** The sequence of its newest record, or of the one before it if there is none. */
  get last(): number {
    return this.base + this.#offsets.length;
  }

  /** Remembers where a record stands. Records come in order of sequence. */
  index(kind: LogRecord["kind"], round: Round, offset: number): void {
    this.#offsets.push(offset);
    if (kind === "block") this.#highestRound = Math.max(this.#highestRound, round);
    // An amnesia record goes once a cursor after it counts: only a replica that came back gives up anything.
    else this.#highestCursor = this.last;
  }

  holds(sequence: number): boolean {
    return sequence > this.base && sequence <= this.last;
  }

  offsetOf(sequence: number): number {
    return this.#offsets[sequence - this.base - 1] ?? this.end;
  }

  /** Whether anything in here is still needed. */
  isNeeded(until: { readonly round: Round; readonly cursor: number }): boolean {
    return this.#highestRound > until.round || this.#highestCursor >= until.cursor;
  }

  /** Reads the records from one sequence to another, both included, and checks every one. */
  async records(from: number, to: number): Promise<LogRecord[]> {
    const start = this.offsetOf(from);
    const bytes = await this.#read(start, this.offsetOf(to + 1));
    const records: LogRecord[] = [];
    for (let sequence = from; sequence <= to; sequence++) {
      const offset = this.offsetOf(sequence) - start;
      const header = readEntryHeader(bytes, offset, this.salt);
      const payload = header === undefined ? undefined : readPayload(bytes, offset, this.salt, header);
      if (header === undefined || payload === undefined || header.sequence !== sequence) {
        throw this.rot(sequence, offset + start);
      }
      const { kind, round } = header;
      records.push({ sequence, kind: kind as LogRecord["kind"], round, bytes: new Uint8Array(payload) });
    }
    return records;
  }

  /**
   * Checks everything from one record to another, the log's own notes beside them included: nobody reads those back while
   * the log is open, and the next opener rests on them.
   */
  check(from: number, to: number): Promise<void> {
    // More than one read: a segment that is retired between two of them must not close the file.
    return this.#reading(async () => {
      if (from === this.base + 1) await this.#checkHeader();
      const start = from === this.base + 1 ? SEGMENT_HEADER_BYTES : this.offsetOf(from);
      const end = this.offsetOf(to + 1);
      const bytes = await this.#read(start, end);
      let sequence = from - 1;
      for (let offset = 0; offset < end - start; ) {
        const header = readEntryHeader(bytes, offset, this.salt);
        const payload = header === undefined ? undefined : readPayload(bytes, offset, this.salt, header);
        if (header !== undefined && isRecordKind(header.kind)) sequence += 1;
        if (header === undefined || payload === undefined || header.sequence !== sequence) {
          throw this.rot(sequence, offset + start);
        }
        offset += ENTRY_HEADER_BYTES + payload.length;
      }
      if (sequence !== to) throw this.rot(to, end);
    });
  }

  /** Whether its header still says what it said. */
  async #checkHeader(): Promise<void> {
    const header = await this.#read(0, SEGMENT_HEADER_BYTES);
    const whole = header.length === SEGMENT_HEADER_BYTES && crc32(header.subarray(0, SUM_AT)) === this.salt;
    if (!whole || header.readUInt32LE(SUM_AT) !== this.salt) {
      throw new StorageError("corruption", `the header of ${this.path} is rotten; rebuild this replica from its peers`);
    }
  }

  rot(sequence: number, offset: number): StorageError {
    return new StorageError(
      "corruption",
      `record ${sequence} or a note beside it, at byte ${offset} of ${this.path}, is not what was written; rebuild this replica from its peers`,
    );
  }

  /** The file goes as soon as nobody reads from it. */
  retire(): void {
    this.#retired = true;
    this.#settle();
  }

  #read(from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(to - from);
    return this.#reading(async () => bytes.subarray(0, await this.file.read(bytes, from)));
  }

  /** Keeps the file open until that is done. */
  async #reading<Result>(read: () => Promise<Result>): Promise<Result> {
    this.#readers += 1;
    try {
      return await read();
    } finally {
      this.#readers -= 1;
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#retired && this.#readers === 0) this.file.close();
  }
}

/** Bytes that every segment keeps for the log's own last words: a mark and a stop. */
export const CLOSING_BYTES: number = 2 * ENTRY_HEADER_BYTES;
