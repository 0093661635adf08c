// What one entry of a segment looks like on disk:
//
//   0   sum of bytes 4 to 27      4   sum of the payload     8   payload bytes     12  round
//   16  sequence (48 bits)        22  kind                   23  zero              24  sequence − durable
//   28  payload
//
// Both sums start from the segment's salt, so that bytes of another segment, another log or a client's making are never
// taken for entries. The header has a sum of its own: rot in a payload leaves its neighbours readable.
//
// `durable` is the newest record known to be durable when the entry was written. It is what tells rot from a torn tail:
// a bad record that a later entry calls durable was whole once. Records are the core's and carry a sequence of their
// own; a mark, a life and a stop are the log's own notes and carry the sequence of the record before them.
import { crc32 } from "node:zlib";
import type { LogRecord, Round } from "@quorate/core";

export const ENTRY_HEADER_BYTES = 28;
export const SEQUENCE_MAX: number = 2 ** 48 - 1;

/**
 * `mark` says again what is durable when nothing follows that could say it; `life` begins every segment and every opening of
 * the log; `stop` is the last entry of a log that was closed in order.
 */
export type EntryKind = LogRecord["kind"] | "mark" | "life" | "stop";

// The place in this list is the number on disk, from 1.
const KINDS: readonly EntryKind[] = ["block", "cursor", "amnesia", "mark", "life", "stop"];

export interface Entry {
  readonly kind: EntryKind;
  readonly sequence: number;
  readonly round: Round;
  readonly durable: number;
  readonly bytes: Uint8Array;
}

export interface EntryHeader {
  readonly kind: EntryKind;
  readonly sequence: number;
  readonly round: Round;
  readonly durable: number;
  readonly payloadBytes: number;
  readonly payloadSum: number;
}

/** Writes an entry; answers where the next one goes. */
export function writeEntry(target: Buffer, offset: number, salt: number, entry: Entry): number {
  const { kind, sequence, round, durable, bytes } = entry;
  target.writeUInt32LE(crc32(bytes, salt), offset + 4);
  target.writeUInt32LE(bytes.length, offset + 8);
  target.writeUInt32LE(round, offset + 12);
  target.writeUIntLE(sequence, offset + 16, 6);
  target[offset + 22] = KINDS.indexOf(kind) + 1;
  target[offset + 23] = 0;
  target.writeUInt32LE(Math.min(sequence - durable, 0xffff_ffff), offset + 24);
  target.writeUInt32LE(crc32(target.subarray(offset + 4, offset + ENTRY_HEADER_BYTES), salt), offset);
  target.set(bytes, offset + ENTRY_HEADER_BYTES);
  return offset + ENTRY_HEADER_BYTES + bytes.length;
}

/** The header at an offset, if there is a whole one. */
export function readEntryHeader(source: Buffer, offset: number, salt: number): EntryHeader | undefined {
  if (offset + ENTRY_HEADER_BYTES > source.length) return undefined;
  const kind = KINDS[source[offset + 22]! - 1];
  if (kind === undefined) return undefined;
  const sum = source.readUInt32LE(offset);
  if (crc32(source.subarray(offset + 4, offset + ENTRY_HEADER_BYTES), salt) !== sum) return undefined;
  const sequence = source.readUIntLE(offset + 16, 6);
  return {
    kind,
    sequence,
    round: source.readUInt32LE(offset + 12),
    durable: sequence - source.readUInt32LE(offset + 24),
    payloadBytes: source.readUInt32LE(offset + 8),
    payloadSum: source.readUInt32LE(offset + 4),
  };
}

/** The payload of the entry at an offset, a view, if it is what was written. */
export function readPayload(source: Buffer, offset: number, salt: number, header: EntryHeader): Buffer | undefined {
  const start = offset + ENTRY_HEADER_BYTES;
  if (start + header.payloadBytes > source.length) return undefined;
  const payload = source.subarray(start, start + header.payloadBytes);
  return crc32(payload, salt) === header.payloadSum ? payload : undefined;
}

/** Whether an entry of that kind is one of the core's. */
export function isRecordKind(kind: EntryKind): kind is LogRecord["kind"] {
  return kind === "block" || kind === "cursor" || kind === "amnesia";
}

/** Whether some whole header in there says that a record after `sequence` was durable once. */
export function findProof(source: Buffer, from: number, to: number, salt: number, sequence: number): boolean {
  const last = Math.min(to, source.length - ENTRY_HEADER_BYTES);
  for (let offset = from; offset <= last; offset++) {
    const kind = source[offset + 22]!;
    if (kind === 0 || kind > KINDS.length || source[offset + 23] !== 0) continue;
    const header = readEntryHeader(source, offset, salt);
    if (header !== undefined && header.durable > sequence) return true;
  }
  return false;
}
