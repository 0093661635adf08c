// What a disk keeps: everything that was synced, some beginning of what was not, and nothing that a fault took.
import type { LogRecord, MachineSnapshot } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../rng.ts";
import { DiskFullError, DiskLawError, FAST_DISK, SimulatedDisk } from "./disk.ts";

const block = (sequence: number, round = sequence): LogRecord => ({
  sequence,
  kind: "block",
  round,
  bytes: Uint8Array.of(sequence & 255),
});

const blocks = (from: number, to: number): LogRecord[] =>
  Array.from({ length: to - from + 1 }, (_, nth) => block(from + nth));

const NO_SNAPSHOT: MachineSnapshot = { index: 1, digest: "", pieces: [], close: () => undefined };

function opened(seed: number): SimulatedDisk {
  const disk = new SimulatedDisk(FAST_DISK, createRng(seed));
  expect(disk.open()).toEqual({ kind: "new" });
  return disk;
}

function sync(disk: SimulatedDisk): void {
  disk.finishSync(disk.beginSync().upTo);
}

function survivors(disk: SimulatedDisk): readonly number[] {
  const found = disk.open();
  return found.kind === "whole" ? found.records.map(({ sequence }) => sequence) : [];
}

describe("SimulatedDisk", () => {
  it("keeps what was synced through a crash, and of the rest a beginning, each length of which can happen", () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const disk = opened(seed);
      disk.append(blocks(1, 3));
      sync(disk);
      disk.append(blocks(4, 7));
      disk.crash();
      const kept = survivors(disk);
      expect(kept).toEqual(blocks(1, kept.length).map(({ sequence }) => sequence));
      expect(kept.length).toBeGreaterThanOrEqual(3);
      lengths.add(kept.length);
    }
    expect([...lengths].sort()).toEqual([3, 4, 5, 6, 7]);
  });

  it("makes durable only what was appended before the sync began", () => {
    const disk = opened(1);
    disk.append(blocks(1, 2));
    const { upTo } = disk.beginSync();
    disk.append(blocks(3, 9));
    disk.finishSync(upTo);
    expect(disk.durable).toBe(2);
    expect(disk.wantsSync).toBe(true);
  });

  it("takes records without a gap, also after a crash", () => {
    const disk = opened(5);
    disk.append(blocks(1, 4));
    expect(() => disk.append([block(6)])).toThrow(DiskLawError);
    disk.crash();
    const next = survivors(disk).length + 1;
    disk.append([block(next)]);
    expect(disk.appended).toBe(next);
  });

  it("refuses state that runs ahead of the log that it comes from", () => {
    const disk = opened(1);
    disk.append(blocks(1, 4));
    const state = { index: 1, digest: "00", nextDeadline: undefined, snapshot: NO_SNAPSHOT };
    expect(() => disk.writeState(state, 4)).toThrow(DiskLawError);
    sync(disk);
    disk.writeState(state, 4);
    expect(disk.state).toBe(state);
  });

  it("finds rot anywhere in what was durable, and calls the whole log lost", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), (seed, count) => {
        const disk = opened(seed);
        disk.append(blocks(1, count));
        sync(disk);
        expect(disk.rot()).toBe(true);
        disk.crash();
        expect(disk.open().kind).toBe("lost");
        disk.startOver("rotten");
        expect(disk.open()).toEqual({ kind: "lost", why: "rotten" });
      }),
    );
  });

  it("finds itself wiped at every start, until something survives in the log that began after it", () => {
    const disk = opened(1);
    disk.append(blocks(1, 3));
    sync(disk);
    disk.wipe();
    for (let start = 0; start < 3; start++) {
      expect(disk.open()).toEqual({ kind: "lost", why: "wiped" });
      disk.startOver("wiped");
      disk.crash();
    }
    disk.append([{ ...block(1, 0), kind: "amnesia" }]);
    sync(disk);
    disk.crash();
    expect(survivors(disk)).toEqual([1]);
  });

  it("is new as long as nothing was ever durable", () => {
    const disk = opened(1);
    disk.crash();
    expect(disk.open()).toEqual({ kind: "new" });
    disk.append(blocks(1, 1));
    sync(disk);
    disk.crash();
    expect(disk.open().kind).toBe("whole");
  });

  it("gives up blocks at or below a round from its beginning, and older marks, and nothing else", () => {
    const disk = opened(1);
    const records: LogRecord[] = [
      { ...block(1, 0), kind: "amnesia" },
      block(2, 1),
      { ...block(3, 0), kind: "cursor" },
      block(4, 2),
      block(5, 9),
      { ...block(6, 0), kind: "cursor" },
      block(7, 3),
    ];
    disk.append(records);
    sync(disk);
    disk.reclaim(5, 6);
    // The late block of round 3 stands behind one that is still needed. The mark of the old loss goes with what followed it.
    expect(survivors(disk)).toEqual([5, 6, 7]);
  });

  it("fails appends while it is full", () => {
    const disk = opened(1);
    disk.fill(true);
    expect(() => disk.append(blocks(1, 1))).toThrow(DiskFullError);
    disk.fill(false);
    disk.append(blocks(1, 1));
  });
});
