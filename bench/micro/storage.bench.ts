// What the block log costs over the least that a log can do: appending records and syncing them as one group, beside one
// write and one fdatasync of the same bytes into a file that was written full of zeros, turn about in the same run. The
// ratio is what this bench is for; the rates are those of the device at hand and mean nothing without it.
//
//   node --conditions=@quorate/source --import tsx bench/micro/storage.bench.ts
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LogRecord } from "@quorate/core";
import { createDataDirectory, openDataDirectory } from "../../packages/node/src/storage/index.ts";

export interface StorageRow {
  /** Records of one group. */
  readonly group: number;
  readonly recordBytes: number;
  readonly recordsPerSecond: number;
  readonly mbPerSecond: number;
  /** Rate of the log over the rate of one write and one fdatasync of the same bytes: 1 is the best there can be. */
  readonly ratioToBare: number;
}

const RECORD_BYTES = 256;
const GROUPS = [1, 64, 512];
/** Each side is measured this often, in turns; medians, so that a slow moment of the device costs one turn. */
const TURNS = 21;
const GROUPS_PER_TURN = 40;
const BARE_BYTES = 32 * 1024 * 1024;

/** One row for each size of group. The folder decides which device is measured. */
export async function benchStorage(folder: string = tmpdir()): Promise<readonly StorageRow[]> {
  const root = mkdtempSync(join(folder, "quorate-bench-"));
  try {
    const rows: StorageRow[] = [];
    for (const group of GROUPS) rows.push(await benchGroup(join(root, `group-${group}`), group));
    return rows;
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function benchGroup(directory: string, group: number): Promise<StorageRow> {
  const cluster = { directory, genesisHash: new Uint8Array(32), clusterId: "00".repeat(16) };
  await createDataDirectory(cluster);
  const data = await openDataDirectory({ ...cluster, durability: "fsync" });
  const { log } = data;
  const bare = bareFile(join(directory, "bare"));
  const bytes = new Uint8Array(RECORD_BYTES).map((_, index) => index * 31);
  const joined = new Uint8Array(group * RECORD_BYTES).map((_, index) => index * 31);
  let sequence = 0;
  const logMs: number[] = [];
  const ratios: number[] = [];
  for (let turn = -1; turn < TURNS; turn++) {
    // Zeros for the next segments are written between the turns, as they are between bursts.
    await data.blockLog?.checkSpace();
    const started = performance.now();
    for (let at = 0; at < GROUPS_PER_TURN; at++) {
      const records: LogRecord[] = [];
      for (let each = 0; each < group; each++) {
        sequence += 1;
        records.push({ sequence, kind: "block", round: sequence, bytes });
      }
      log.append(records);
      await log.sync();
    }
    const between = performance.now();
    for (let at = 0; at < GROUPS_PER_TURN; at++) bare.write(joined);
    // The first turn warms both up.
    if (turn < 0) continue;
    logMs.push(between - started);
    ratios.push((performance.now() - between) / (between - started));
    log.reclaim({ round: sequence, cursor: 0 });
  }
  bare.close();
  await data.close();
  const records = GROUPS_PER_TURN * group;
  const turnMs = median(logMs);
  return {
    group,
    recordBytes: RECORD_BYTES,
    recordsPerSecond: Math.round((records / turnMs) * 1000),
    mbPerSecond: Number(((records * RECORD_BYTES) / turnMs / 1000).toFixed(2)),
    ratioToBare: Number(median(ratios).toFixed(2)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;
}

function bareFile(path: string): { write(bytes: Uint8Array): void; close(): void } {
  const fd = openSync(path, "w");
  const zeros = new Uint8Array(1024 * 1024);
  for (let at = 0; at < BARE_BYTES; at += zeros.length) writeSync(fd, zeros, 0, zeros.length, at);
  fdatasyncSync(fd);
  let position = 0;
  return {
    write(bytes) {
      if (position + bytes.length > BARE_BYTES) position = 0;
      writeSync(fd, bytes, 0, bytes.length, position);
      fdatasyncSync(fd);
      position += bytes.length;
    },
    close: () => closeSync(fd),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchStorage(process.argv[2]));
}
