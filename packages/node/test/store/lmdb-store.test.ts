// The LMDB store: held to the machine's suite, compared with the store in memory while it flushes in the background, and
// killed in the middle of it.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MemoryStore, type Store, type Write } from "@quorate/machine";
import { storeConformance } from "@quorate/machine/conformance";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LmdbStore, type LmdbStoreOptions } from "../../src/store/index.ts";

const GENESIS = new Uint8Array(32).fill(3);
let root = "";
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "quorate-store-"));
});
afterAll(() => rm(root, { recursive: true }));

const paths = new WeakMap<Store, string>();
function openAt(path: string, options: Partial<LmdbStoreOptions> = {}): LmdbStore {
  const store = LmdbStore.open({ path, genesisHash: GENESIS, ...options });
  paths.set(store, path);
  return store;
}
const openNew = (options: Partial<LmdbStoreOptions> = {}): LmdbStore => openAt(join(root, `store-${count++}`), options);

describe("the LMDB store", () => {
  const subject = {
    open: () => openNew(),
    reopen: async (store: Store) => {
      (store as LmdbStore).release(store.index);
      await (store as LmdbStore).close();
      return openAt(paths.get(store)!);
    },
    close: (store: Store) => (store as LmdbStore).close(),
  };
  for (const { name, run } of storeConformance(subject)) it(name, run);

  it("reads as the store in memory does, whatever is flushed, released or restored meanwhile", async () => {
    const key = fc.constantFrom("a", "a\x00", "b", "b\xff", "c".repeat(1500), "\x00", "\xff");
    const writes = fc.uniqueArray(
      fc.tuple(key, fc.option(fc.string({ unit: "binary-ascii", maxLength: 20 }), { nil: undefined })),
      {
        selector: ([name]) => name,
      },
    );
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("commit" as const), writes }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), back: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("flush" as const, "turn" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("reopen" as const, "snapshot" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const), writes }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        let store = openNew({ flushEveryMs: 0 });
        let model = new MemoryStore();
        const history = new Map<number, MemoryStore>([[0, copyOf(model)]]);
        let released = 0;
        let restored = 0;
        const same = (): void => {
          expect(store.index).toBe(model.index);
          for (const reverse of [false, true])
            expect(store.range({ from: "", limit: 100, reverse })).toEqual(
              model.range({ from: "", limit: 100, reverse }),
            );
          expect(store.get("a")).toBe(model.get("a"));
          expect(store.range({ from: "a", to: "b\xff", limit: 2, reverse: true })).toEqual(
            model.range({ from: "a", to: "b\xff", limit: 2, reverse: true }),
          );
        };
        for (const step of acts) {
          switch (step.kind) {
            case "commit": {
              const index = model.index + 1;
              store.commit(index, step.writes as Write[]);
              model.commit(index, step.writes as Write[]);
              history.set(index, copyOf(model));
              break;
            }
            case "release":
              released = Math.max(released, model.index - step.back);
              store.release(released);
              break;
            case "flush":
              await store.flush();
              // What a restore took the place of can be released, but is not there to be flushed.
              if (restored <= released) expect(store.flushedIndex).toBe(Math.max(released, store.flushedIndex));
              break;
            case "turn":
              await new Promise((resolve) => setTimeout(resolve, 1));
              break;
            case "reopen": {
              const path = paths.get(store)!;
              await store.close();
              const { flushedIndex } = store;
              store = openAt(path, { flushEveryMs: 0 });
              // What was not released is not there: the log did not hold it yet.
              expect(store.index).toBeLessThanOrEqual(released);
              // A restored state that was never released leaves the one before it in its place.
              expect(store.index).toBe(restored > released ? flushedIndex : Math.min(released, model.index));
              model = copyOf(history.get(store.index)!);
              break;
            }
            case "snapshot": {
              const [mine, its] = [store.snapshot(), copyOf(model)];
              store.release(model.index);
              released = Math.max(released, model.index);
              const index = model.index + 1;
              store.commit(index, [["a", "after the snapshot"]]);
              model.commit(index, [["a", "after the snapshot"]]);
              history.set(index, copyOf(model));
              await store.flush();
              expect(mine.range({ from: "", limit: 100 })).toEqual(its.range({ from: "", limit: 100 }));
              mine.close();
              break;
            }
            case "restore": {
              const index = model.index + 5;
              const flushing = store.flush();
              const content = step.writes.filter(([, value]) => value !== undefined) as [string, string][];
              for (const each of [store, model]) {
                const replacement = each.replace();
                replacement.add(content);
                replacement.finish(index);
              }
              await flushing;
              restored = index;
              history.set(index, copyOf(model));
              break;
            }
          }
          same();
        }
        await store.close();
      }),
      { numRuns: 60 },
    );
  });

  it("tells when a commit is on the device, and flushes nothing before it is released", async () => {
    const flushed: number[] = [];
    const store = openNew({ flushEveryMs: 1, onFlushed: (index) => flushed.push(index) });
    for (let index = 1; index <= 10; index++) store.commit(index, [["k", String(index)]]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(flushed).toEqual([]);
    store.release(7);
    await store.flush();
    expect(flushed).toEqual([7]);
    expect([store.index, store.flushedIndex, store.get("k")]).toEqual([10, 7, "10"]);
    await store.close();
    expect(openAt(paths.get(store)!).get("k")).toBe("7");
  });

  it("is refused under another genesis", async () => {
    const store = openNew();
    await store.close();
    expect(() => openAt(paths.get(store)!, { genesisHash: new Uint8Array(32) })).toThrow(/another cluster/);
  });

  it("shows one commit and all of it after kill -9, none older than what was flushed", async () => {
    const path = join(root, "killed");
    const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const program = fileURLToPath(new URL("write-until-killed.ts", import.meta.url));
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, ["--conditions=@quorate/source", "--import", loader, program, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let told = 0;
      await new Promise<void>((resolve) => {
        child.stdout.on("data", (data: Buffer) => {
          told = Number(data.toString().trim().split("\n").at(-1));
          if (told > 300 * (round + 1)) child.kill("SIGKILL");
        });
        child.once("exit", () => resolve());
      });
      const store = openAt(path);
      expect(store.index).toBeGreaterThanOrEqual(told);
      for (let slot = 0; slot < 20; slot++) expect(store.get(`slot ${slot}`)).toBe(String(store.index));
      await store.close();
    }
  });
});

function copyOf(store: MemoryStore): MemoryStore {
  const copy = new MemoryStore();
  copy.commit(store.index, store.range({ from: "", limit: 1000 }));
  return copy;
}
