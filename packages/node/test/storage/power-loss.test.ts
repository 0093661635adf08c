// What is left of the block log when the power goes: at every step of a run, and at every sector of what was being written.
import type { LogRecord } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryFiles, type PowerLoss } from "./memory-files.ts";
import { openLog, record, recordsOf } from "./open-log.ts";

type Act =
  | { readonly kind: "append"; readonly lengths: readonly number[] }
  | { readonly kind: "sync" }
  | { readonly kind: "reclaim"; readonly back: number }
  | { readonly kind: "close" }
  | { readonly kind: "kill" }
  | { readonly kind: "power-loss"; readonly seed: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("append"), lengths: fc.array(fc.nat(900), { maxLength: 6 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("sync") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reclaim"), back: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("close", "kill") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("power-loss"), seed: fc.integer() }) },
);

/** Sectors and names survive as a seed decides. */
function chance(seed: number): PowerLoss {
  let state = seed | 1;
  const next = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return (state ^ (state >>> 13)) >>> 0;
  };
  // Some crashes take nearly nothing, some nearly all.
  const bias = next() % 101;
  return { sector: () => next() % 100 < bias, names: (count) => next() % (count + 1) };
}

describe("the block log", () => {
  it("has, after any crashes, every record that was durable, and nothing behind a gap", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        let files = new MemoryFiles();
        let log = await openLog(files);
        let model: LogRecord[] = [];
        let durable = 0;
        let reclaimed = 0;
        const again = async (next: MemoryFiles): Promise<void> => {
          files = next;
          log = await openLog(files);
          const found = await recordsOf(log);
          const first = found[0]?.sequence ?? 1;
          // Space that was given up may be back, but nothing that was kept may be gone.
          expect(first).toBeLessThanOrEqual(Math.max(1, reclaimed + 1));
          const last = found.at(-1)?.sequence ?? 0;
          expect(last).toBeGreaterThanOrEqual(durable);
          expect(found).toEqual(model.slice(first - 1, last));
          model = model.slice(0, last);
          durable = last;
        };
        for (const step of acts) {
          switch (step.kind) {
            case "append": {
              const records = step.lengths.map((length, index) => record(model.length + 1 + index, length));
              log.append(records);
              model.push(...records);
              break;
            }
            case "sync":
              durable = await log.sync();
              expect(durable).toBe(model.length);
              break;
            case "reclaim":
              reclaimed = Math.max(reclaimed, Math.min(durable, model.length - step.back));
              log.reclaim({ round: reclaimed, cursor: 0 });
              break;
            case "close":
              await log.close();
              await again(files);
              break;
            case "kill":
              await again(files.afterKill());
              break;
            case "power-loss":
              await again(files.afterPowerLoss(chance(step.seed)));
              break;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keeps what it promised when the power goes at any single write or sync", async () => {
    const groups = [[30, 500], [10], [1200, 3, 3], [0], [2500], [700, 700, 700, 700], [5], [1]];
    let steps = 0;
    for (let cut = 0; cut <= steps; cut++) {
      const files = new MemoryFiles();
      const left: { files: MemoryFiles; durable: number }[] = [];
      let durable = 0;
      let step = 0;
      files.onStep = () => {
        if (step++ !== cut) return;
        for (const survives of [true, false])
          left.push({
            files: files.afterPowerLoss({ sector: () => survives, names: (n) => (survives ? n : 0) }),
            durable,
          });
        for (let seed = 1; seed <= 4; seed++) left.push({ files: files.afterPowerLoss(chance(seed * 7919)), durable });
      };
      const log = await openLog(files);
      const model: LogRecord[] = [];
      for (const lengths of groups) {
        const records = lengths.map((length, index) => record(model.length + 1 + index, length));
        model.push(...records);
        log.append(records);
        durable = await log.sync();
        if (durable === 7) log.reclaim({ round: 3, cursor: 0 });
      }
      await log.close();
      steps = Math.max(steps, step);
      for (const crash of left) {
        const found = await recordsOf(await openLog(crash.files));
        const last = found.at(-1)?.sequence ?? 0;
        expect(last).toBeGreaterThanOrEqual(crash.durable);
        expect(found).toEqual(model.slice((found[0]?.sequence ?? 1) - 1, last));
      }
    }
    expect(steps).toBeGreaterThan(50);
  });

  it("ends cleanly wherever the last group was torn, down to the byte", async () => {
    const files = new MemoryFiles();
    const log = await openLog(files);
    log.append([record(1, 100), record(2, 50)]);
    await log.sync();
    const before = files.afterKill();
    log.append([record(3, 60), record(4, 0), record(5, 30)]);
    await log.sync();
    const path = "/log/0000000001.log";
    const torn = files.bytesOf(path);
    const start = before.bytesOf(path).findLastIndex((byte) => byte !== 0) + 1;
    const end = torn.findLastIndex((byte) => byte !== 0) + 1;
    expect(end - start).toBeGreaterThan(150);
    for (let cut = start; cut < end; cut++) {
      const crashed = before.afterKill();
      torn.copy(crashed.bytesOf(path), start, start, cut);
      const reopened = await openLog(crashed);
      const found = await recordsOf(reopened);
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found).toEqual(
        [record(1, 100), record(2, 50), record(3, 60), record(4, 0), record(5, 30)].slice(0, found.length),
      );
      // What was cut off is gone for good: a record of the same length in its place does not bring back what stood behind.
      reopened.append([record(found.length + 1, 60)]);
      await reopened.sync();
      expect((await recordsOf(await openLog(crashed.afterKill()))).length).toBe(found.length + 1);
    }
  });

  it("never brings back what stood behind a torn record once another takes that record's place", async () => {
    const files = new MemoryFiles();
    const log = await openLog(files);
    // Nothing else writes meanwhile.
    await log.checkSpace();
    log.append([record(1, 10)]);
    await log.sync();
    log.append([record(2, 600), record(3, 600)]);
    // The power goes before the device is asked to sync: the first sector is lost, all behind it is there.
    let crashed: MemoryFiles | undefined;
    let step = 0;
    files.onStep = () => {
      let sector = 0;
      if (step++ === 1) crashed = files.afterPowerLoss({ sector: () => sector++ > 0, names: () => 0 });
    };
    await log.sync();
    const second = await openLog(crashed!);
    await second.checkSpace();
    expect(await recordsOf(second)).toEqual([record(1, 10)]);
    // The mark went with the first sector. After the new life, this record ends exactly where the old third record begins.
    const other = { ...record(7, 600 - "a life".length), sequence: 2 };
    second.append([other]);
    let killed: MemoryFiles | undefined;
    step = 0;
    crashed!.onStep = () => {
      // After the write and the sync, before the mark that would cover the old header.
      if (step++ === 2) killed = crashed!.afterKill();
    };
    await second.sync();
    expect(await recordsOf(await openLog(killed!))).toEqual([record(1, 10), other]);
  });

  it("makes durable what it hands out after a kill, so that a power loss right after takes none of it", async () => {
    const files = new MemoryFiles();
    const log = await openLog(files);
    await log.checkSpace();
    log.append([record(1), record(2, 700)]);
    let killed: MemoryFiles | undefined;
    let step = 0;
    files.onStep = () => {
      if (step++ === 1) killed = files.afterKill();
    };
    await log.sync();
    expect(await recordsOf(await openLog(killed!))).toEqual([record(1), record(2, 700)]);
    const crashed = killed!.afterPowerLoss({ sector: () => false, names: () => 0 });
    expect(await recordsOf(await openLog(crashed))).toEqual([record(1), record(2, 700)]);
  });

  it("loses acknowledged records on a disk that lies about syncs, and this suite notices", async () => {
    const files = new MemoryFiles();
    const log = await openLog(files);
    files.lying = true;
    log.append([record(1)]);
    expect(await log.sync()).toBe(1);
    const crashed = await openLog(files.afterPowerLoss({ sector: () => false, names: () => 0 }));
    expect(await recordsOf(crashed)).toEqual([]);
  });
});
