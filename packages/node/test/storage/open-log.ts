// Opens block logs for tests, on any file layer, with segments so small that every test crosses several.
import type { LogRecord, Storage } from "@quorate/core";
import { BlockLog, type BlockLogOptions, type Files } from "../../src/storage/index.ts";
import { scanLog } from "../../src/storage/scan.ts";
import type { LogIdentity } from "../../src/storage/segment.ts";

export const IDENTITY: LogIdentity = {
  genesisHash: new Uint8Array(32).fill(7),
  clusterId: "0123456789abcdef0123456789abcdef",
  incarnation: 1,
};
export const SEGMENT_BYTES = 4096;

export async function openLog(
  files: Files,
  directory = "/log",
  options: Partial<BlockLogOptions> = {},
): Promise<BlockLog> {
  const scan = await scanLog(files, directory, options.identity ?? IDENTITY);
  return BlockLog.begin(scan, {
    files,
    directory,
    identity: IDENTITY,
    segmentBytes: SEGMENT_BYTES,
    reservedSegments: 1,
    softFreeBytes: 0,
    keepFreeBytes: 0,
    durability: "fsync",
    life: Buffer.from("a life"),
    ...options,
  });
}

export async function recordsOf(storage: Storage): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of storage.range()) records.push(record);
  return records;
}

/** A record whose bytes stand in no other record. */
export function record(sequence: number, length = 40, kind: LogRecord["kind"] = "block"): LogRecord {
  const bytes = Uint8Array.from({ length }, (_, index) => {
    const mixed = Math.imul(sequence * 8192 + index, 0x9e3779b1);
    return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 24;
  });
  return { sequence, kind, round: kind === "block" ? sequence : 0, bytes };
}
