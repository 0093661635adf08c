// The counters of the whole machine, one record. They change with nearly every command, so they live as numbers and
// are packed once a commit; a command that throws gets the copy from before it back.
import type { ByteString } from "../bytes/byte-string.ts";
import { Unpacker, varint } from "../bytes/packing.ts";

const FIELDS = [
  "time",
  "revision",
  "firstRevision",
  "logEntries",
  "generation",
  "keyspace",
  "keyCount",
  "flushRevision",
  "garbageFirst",
  "garbageNext",
  "fence",
  "leaseCount",
  "sessionCount",
  "sequence",
] as const;

export interface Meta {
  /** Log time of the last commit. */
  time: number;
  /** Of the last change; the next one gets one more. */
  revision: number;
  /** The oldest revision that the change log still holds, or `revision + 1` when it holds none. */
  firstRevision: number;
  logEntries: number;
  /** The last generation id given out. */
  generation: number;
  /** The generation of the keyspace itself: FLUSHALL moves on to a new one. */
  keyspace: number;
  keyCount: number;
  /** Revision of the last flush; 0 when there was none. */
  flushRevision: number;
  garbageFirst: number;
  garbageNext: number;
  /** The last fencing token given out. */
  fence: number;
  /** Keys that are locks, semaphores or elections: held, or waited for. */
  leaseCount: number;
  sessionCount: number;
  /** Sessions ever opened; a part of their names. */
  sequence: number;
}

export function newMeta(): Meta {
  return {
    time: 0,
    revision: 0,
    firstRevision: 1,
    logEntries: 0,
    generation: 0,
    keyspace: 0,
    keyCount: 0,
    flushRevision: 0,
    garbageFirst: 0,
    garbageNext: 0,
    fence: 0,
    leaseCount: 0,
    sessionCount: 0,
    sequence: 0,
  };
}

export function packMeta(meta: Meta): ByteString {
  return FIELDS.map((field) => varint(meta[field])).join("");
}

export function unpackMeta(record: ByteString | undefined): Meta {
  const meta = newMeta();
  if (record === undefined) return meta;
  const unpacker = new Unpacker(record);
  for (const field of FIELDS) meta[field] = unpacker.varint();
  return meta;
}
