// Rot: bits that change after they were durable. It is found, at opening, at reading or by scrubbing, and never served;
// and it is told apart from a torn write, which is no rot.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BlockLog, nodeFiles, StorageError } from "../../src/storage/index.ts";
import { SEGMENT_HEADER_BYTES } from "../../src/storage/segment.ts";
import { freshDirectory } from "../fresh-directory.ts";
import { MemoryFiles } from "./memory-files.ts";
import { openLog, record, recordsOf, SEGMENT_BYTES } from "./open-log.ts";

const LENGTHS = [300, 0, 1200, 40, 900, 900, 2000, 5, 77];

async function written(): Promise<{ readonly files: MemoryFiles; readonly log: BlockLog }> {
  const files = new MemoryFiles();
  const log = await openLog(files);
  for (const [index, length] of LENGTHS.entries()) {
    log.append([record(index + 1, length)]);
    await log.sync();
  }
  return { files, log };
}

const EXPECTED = LENGTHS.map((length, index) => record(index + 1, length));

const isCorruption = (error: unknown): boolean => error instanceof StorageError && error.code === "corruption";

/** To the end of a lap; answers how many records it saw. */
async function scrubWhole(log: BlockLog): Promise<number> {
  let records = 0;
  for (let lap = false; !lap; ) {
    const report = await log.scrub(500);
    records += report.records;
    lap = report.lap;
  }
  return records;
}

describe("rot in the block log", () => {
  it("is never served, and never costs a durable record unnoticed, whichever bit it is", async () => {
    const { files } = await written();
    const clean = files.afterKill();
    const logs = clean.paths.filter((path) => path.endsWith(".log"));
    // Every bit of what is in use, and some of the zeros behind it.
    const used = logs.flatMap((path) => {
      const end = Math.min(clean.bytesOf(path).length, clean.bytesOf(path).findLastIndex((byte) => byte !== 0) + 40);
      return Array.from({ length: end }, (_, at) => ({ path, at }));
    });
    let corruptions = 0;
    for (const [index, { path, at }] of used.entries()) {
      const spoilt = files.afterKill();
      const bytes = spoilt.bytesOf(path);
      bytes[at] = bytes[at]! ^ (1 << (index % 8));
      try {
        // The last entry is a mark: rot in it is a torn tail, and costs nothing.
        expect(await recordsOf(await openLog(spoilt))).toEqual(EXPECTED);
      } catch (error) {
        if (!isCorruption(error)) throw error;
        corruptions += 1;
      }
    }
    expect(corruptions).toBeGreaterThan(EXPECTED.reduce((sum, { bytes }) => sum + bytes.length, 0));
  });

  it("is found by the next read, and by a scrub, while the log is open", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(LENGTHS.length - 1), fc.nat(), fc.nat(7), async (index, place, bit) => {
        const { files, log } = await written();
        const sequence = index + 1;
        const target = record(sequence, LENGTHS[index]!);
        const path = files.paths.find(
          (name) => name.endsWith(".log") && files.bytesOf(name).includes(Buffer.from(target.bytes)),
        )!;
        if (target.bytes.length < 5) return;
        const bytes = files.bytesOf(path);
        const at = bytes.indexOf(target.bytes) - 28 + (place % (target.bytes.length + 28));
        bytes[at] = bytes[at]! ^ (1 << bit);
        await expect(log.read(sequence)).rejects.toSatisfy(isCorruption);
        for (const other of EXPECTED)
          if (other.sequence !== sequence) expect(await log.read(other.sequence)).toEqual(other);
        await expect(recordsOf(log)).rejects.toSatisfy(isCorruption);
        await expect(scrubWhole(log)).rejects.toSatisfy(isCorruption);
      }),
      { numRuns: 60 },
    );
  });

  it("is found by a scrub wherever something is written, the log's own notes included", async () => {
    const { files, log } = await written();
    const logs = files.paths.filter((path) => path.endsWith(".log"));
    let found = 0;
    for (const path of logs) {
      const bytes = files.bytesOf(path);
      const isSpare = bytes.findLastIndex((byte) => byte !== 0) < SEGMENT_HEADER_BYTES;
      if (isSpare) continue;
      for (let at = 0; at <= bytes.findLastIndex((byte) => byte !== 0); at++) {
        bytes[at]! ^= 1 << (at % 8);
        await expect(scrubWhole(log), `byte ${at} of ${path}`).rejects.toSatisfy(isCorruption);
        bytes[at]! ^= 1 << (at % 8);
        found += 1;
      }
    }
    expect(found).toBeGreaterThan(LENGTHS.reduce((sum, length) => sum + length, 0));
    // What was mended is sound: the lap that the last find cut short ends, and a whole one follows.
    await scrubWhole(log);
    expect(await scrubWhole(log)).toBe(LENGTHS.length);
  });

  it("is not what a scrub of a sound log finds, lap after lap", async () => {
    const { log } = await written();
    for (let lap = 0; lap < 3; lap++) expect(await scrubWhole(log)).toBe(LENGTHS.length);
  });

  it.each([
    ["in memory", new MemoryFiles(), "/log"],
    ["on a disk", nodeFiles, freshDirectory("scrub")],
  ] as const)("is not what a scrub finds where a segment is given up amid it, %s", async (_, files, directory) => {
    const log = await openLog(files, directory);
    let given = 0;
    for (let sequence = 1; sequence <= 120; sequence++) {
      log.append([record(sequence, 1200)]);
      await log.sync();
      if (sequence % 6 !== 0) continue;
      // A whole segment, its header first; and by then nothing in it is needed.
      const scrubbed = log.scrub(SEGMENT_BYTES);
      const { bytes } = log;
      log.reclaim({ round: sequence, cursor: 0 });
      if (log.bytes < bytes) given += 1;
      expect((await scrubbed).records).toBe(3);
    }
    expect(given).toBeGreaterThan(10);
    await log.close();
  });

  it("in a missing segment is corruption, not a shorter log", async () => {
    const { files } = await written();
    const spoilt = files.afterKill();
    await spoilt.remove("/log/0000000002.log");
    await expect(openLog(spoilt)).rejects.toSatisfy(isCorruption);
  });

  it("in a spare segment's header costs that segment and nothing else", async () => {
    const { files, log } = await written();
    await log.close();
    const spoilt = files.afterKill();
    const spare = spoilt.paths.filter((path) => path.endsWith(".log")).at(-1)!;
    spoilt.bytesOf(spare)[30]! ^= 4;
    expect(await recordsOf(await openLog(spoilt))).toEqual(EXPECTED);
  });

  it("of a payload made to look like an entry is still a torn tail", async () => {
    // A client's bytes cannot pass for proof: the segment's nonce is not theirs to know.
    const files = new MemoryFiles();
    const log = await openLog(files);
    log.append([record(1, 20)]);
    await log.sync();
    const other = await written();
    const image = other.files.bytesOf("/log/0000000001.log").subarray(128, 1500);
    log.append([{ sequence: 2, kind: "block", round: 2, bytes: new Uint8Array(image) }]);
    await log.sync();
    const spoilt = files.afterKill();
    const bytes = spoilt.bytesOf("/log/0000000001.log");
    const at = bytes.indexOf(image);
    // The record's own header and the mark behind it are torn away; the image in it stays.
    bytes.fill(0, at - 28, at);
    bytes.fill(0, at + image.length);
    expect(await recordsOf(await openLog(spoilt))).toEqual([record(1, 20)]);
  });
});
