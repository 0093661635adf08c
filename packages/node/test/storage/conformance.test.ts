// Every adapter of the storage port is held to the same laws: the log in memory, the block log on a real disk, and the
// block log on a disk that a test can cut off from power.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@quorate/core";
import { storageConformance } from "@quorate/sim/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Files, MemoryLog, nodeFiles, volatileFiles } from "../../src/storage/index.ts";
import { MemoryFiles } from "./memory-files.ts";
import { openLog, record, recordsOf } from "./open-log.ts";

// Records of the suite reach 70,000 bytes.
const SEGMENT_BYTES = 80_000;

describe("the log in memory", () => {
  for (const { name, run } of storageConformance({ open: () => new MemoryLog() })) it(name, run);
});

describe("the block log on a disk", () => {
  let root = "";
  let count = 0;
  const directories = new WeakMap<Storage, string>();
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "quorate-log-"));
  });
  afterAll(() => rm(root, { recursive: true }));

  const openAt = async (directory: string): Promise<Storage> => {
    const log = await openLog(nodeFiles, directory, { segmentBytes: SEGMENT_BYTES });
    directories.set(log, directory);
    return log;
  };
  const subject = {
    open: async () => {
      const directory = join(root, `log-${count++}`);
      await nodeFiles.makeDirectory(directory);
      return openAt(directory);
    },
    reopen: async (storage: Storage) => {
      await storage.close();
      return openAt(directories.get(storage)!);
    },
  };
  for (const { name, run } of storageConformance(subject)) it(name, run);
});

describe("the block log on a disk that loses power", () => {
  const disks = new WeakMap<Storage, MemoryFiles>();
  const openOn = async (files: MemoryFiles): Promise<Storage> => {
    const log = await openLog(files as Files, "/log", { segmentBytes: SEGMENT_BYTES });
    disks.set(log, files);
    return log;
  };
  const subject = {
    open: () => openOn(new MemoryFiles()),
    reopen: async (storage: Storage) => {
      await storage.close();
      return openOn(disks.get(storage)!);
    },
    crash: (storage: Storage) => {
      let turn = 0;
      return openOn(
        disks.get(storage)!.afterPowerLoss({ sector: () => turn++ % 3 === 0, names: (count) => count >> 1 }),
      );
    },
  };
  for (const { name, run } of storageConformance(subject)) it(name, run);
});

describe("the block log on files that die with their process", () => {
  const disks = new WeakMap<Storage, MemoryFiles>();
  const openOn = async (files: MemoryFiles): Promise<Storage> => {
    const log = await openLog(volatileFiles(files), "/log", { segmentBytes: SEGMENT_BYTES });
    disks.set(log, files);
    return log;
  };
  const subject = {
    open: () => openOn(new MemoryFiles()),
    crash: (storage: Storage) => openOn(disks.get(storage)!.afterKill()),
  };
  for (const { name, run } of storageConformance(subject)) it(name, run);

  it("loses what was acknowledged when they lie about syncs", async () => {
    const files = new MemoryFiles();
    await (await openLog(files)).close();
    const log = await openLog(volatileFiles(files, { lying: true }));
    log.append([record(1)]);
    expect(await log.sync()).toBe(1);
    expect(await recordsOf(log)).toEqual([record(1)]);
    expect(await recordsOf(await openLog(files.afterKill()))).toEqual([]);
  });
});
