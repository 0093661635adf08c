// Reads a log back after whatever happened to it, changing nothing. The entries of all segments form one line. Where it
// breaks, either a write was torn by a crash, and what was never promised is cut off; or something that was promised is
// gone, which is corruption.
//
// The two are told apart by proof: an entry anywhere behind the break that calls a record durable which is not before it.
// A torn group can leave whole entries behind a torn one, since a device writes sectors in any order, but none of them
// can call the torn one durable. Without proof (rot in the very last group, and the process died before it could leave a
// mark) nobody can tell; the replica then hears from its peers what it has lost.
import { join } from "node:path";
import { ENTRY_HEADER_BYTES, findProof, isRecordKind, readEntryHeader, readPayload } from "./entry.ts";
import { type Files, type OpenFile, readAll } from "./files.ts";
import {
  judgeSegmentHeader,
  type LogIdentity,
  SEGMENT_HEADER_BYTES,
  Segment,
  segmentName,
  segmentNumber,
} from "./segment.ts";
import { StorageError } from "./storage-error.ts";

export interface LogScan {
  /** Those that hold entries, in order. */
  readonly segments: readonly Segment[];
  /** Those ready to be used next. */
  readonly spares: readonly Segment[];
  /** What a crash left behind the last whole entry; to be overwritten with zeros before anything else. */
  readonly torn: readonly { readonly segment: Segment; readonly from: number; readonly to: number }[];
  /** Of an earlier incarnation; or made ahead, never used, and rotten or behind one that is: to be removed. */
  readonly discarded: readonly string[];
  /** The newest record; 0 if there never was one. */
  readonly sequence: number;
  /** What the last opening of the log said of itself. */
  readonly life: Uint8Array | undefined;
  /** The log was closed in order. */
  readonly stopped: boolean;
  readonly damage: StorageError | undefined;
}

export async function scanLog(files: Files, directory: string, identity: LogIdentity): Promise<LogScan> {
  const scanner = new Scanner();
  try {
    let previous: number | undefined;
    for (const name of await files.list(directory)) {
      const number = segmentNumber(name);
      if (number === undefined) continue;
      const path = join(directory, name);
      const file = await files.open(path);
      scanner.files.push(file);
      const content = await readAll(file);
      const verdict = judgeSegmentHeader(content, identity, number, path);
      // What an earlier incarnation left, where a crash kept the opener from removing it, is no part of this log.
      if (verdict === "stale") {
        file.close();
        scanner.stale.push(path);
      } else {
        // Segments are made and removed one by one, so a hole is no leftover of either.
        if (previous !== undefined && number !== previous + 1) {
          scanner.damaged(`${join(directory, segmentName(previous + 1))} is missing`);
        }
        previous = number;
        if (scanner.discards(path, content, verdict === "rotten")) file.close();
        else scanner.read(new Segment(number, path, file, content), content);
      }
    }
    return scanner.finish();
  } catch (error) {
    for (const file of scanner.files) file.close();
    throw error;
  }
}

class Scanner {
  readonly files: OpenFile[] = [];
  readonly stale: string[] = [];
  readonly #segments: Segment[] = [];
  readonly #spares: Segment[] = [];
  readonly #discarded: string[] = [];
  #torn: { segment: Segment; from: number; to: number }[] = [];
  #sequence = 0;
  #life: Uint8Array | undefined;
  #stopped = false;
  #broken = false;
  #damage: StorageError | undefined;

  damaged(what: string): void {
    this.#damage ??= new StorageError("corruption", `${what}; rebuild this replica from its peers`);
  }

  /** A rotten header over nothing but zeros costs nothing: that segment was never used. Any other is damage. */
  discards(path: string, content: Buffer, rotten: boolean): boolean {
    if (!rotten && this.#discarded.length === 0) return false;
    if (lastNonZero(content.subarray(SEGMENT_HEADER_BYTES)) >= 0) this.damaged(`the header of ${path} is rotten`);
    this.#discarded.push(path);
    return true;
  }

  read(segment: Segment, content: Buffer): void {
    const continues = !this.#broken && this.#entries(segment, content);
    const residueEnd = lastNonZero(content) + 1;
    if (continues) {
      this.#segments.push(segment);
      // The line went on in here, so what stood behind its end in the segment before was no part of it.
      this.#torn = [];
    } else {
      this.#broken = true;
      this.#spares.push(segment);
    }
    if (residueEnd <= segment.end) return;
    this.#torn.push({ segment, from: segment.end, to: residueEnd });
    if (findProof(content, segment.end, residueEnd, segment.salt, this.#sequence)) {
      const at = this.#segments.at(-1) ?? segment;
      this.#damage ??= at.rot(this.#sequence + 1, at.end);
    }
  }

  finish(): LogScan {
    return {
      segments: this.#segments,
      spares: this.#spares,
      torn: this.#torn,
      discarded: [...this.stale, ...this.#discarded],
      sequence: this.#sequence,
      life: this.#life,
      stopped: this.#stopped,
      damage: this.#damage,
    };
  }

  /** Takes the entries of the next segment; false if the line does not go on in it. */
  #entries(segment: Segment, content: Buffer): boolean {
    let offset = SEGMENT_HEADER_BYTES;
    for (;;) {
      const header = readEntryHeader(content, offset, segment.salt);
      const payload = header === undefined ? undefined : readPayload(content, offset, segment.salt, header);
      if (header === undefined || payload === undefined) break;
      const { kind, round, sequence } = header;
      const first = offset === SEGMENT_HEADER_BYTES;
      if (first) {
        if (kind !== "life" || (this.#segments.length > 0 && sequence !== this.#sequence)) break;
        // After space was reclaimed the log begins in the middle.
        segment.base = this.#sequence = sequence;
      } else if (sequence !== this.#sequence + (isRecordKind(kind) ? 1 : 0)) break;
      if (isRecordKind(kind)) {
        segment.index(kind, round, offset);
        this.#sequence = sequence;
      } else if (kind === "life") this.#life = new Uint8Array(payload);
      this.#stopped = kind === "stop";
      offset += ENTRY_HEADER_BYTES + payload.length;
      segment.end = offset;
    }
    return offset > SEGMENT_HEADER_BYTES;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Where the last byte is that is not zero; −1 if all are. */
export function lastNonZero(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0) {
    const start = Math.max(0, end - ZEROS.length);
    if (bytes.compare(ZEROS, 0, end - start, start, end) !== 0) break;
    end = start;
  }
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end - 1;
}
