// What a step inside of a collection costs, in records of the store: exact, whatever machine it runs on. A step takes a
// path from root to leaf in each tree that it touches, so its cost grows with the logarithm of the size; dropping a
// collection takes a note, and what goes with each commit keeps to its budget.
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIG, MemoryStore, type Range, type Write } from "../src/index.ts";
import { ENTRIES_MAX } from "../src/state/tree-node.ts";
import { Driver } from "./drive.ts";

class CountingStore extends MemoryStore {
  records = 0;
  written = 0;

  override get(key: string): string | undefined {
    this.records++;
    return super.get(key);
  }

  override range(range: Range): [string, string][] {
    const entries = super.range(range) as [string, string][];
    this.records += entries.length;
    return entries;
  }

  override commit(index: number, writes: readonly Write[]): void {
    this.records += writes.length;
    this.written += writes.length;
    super.commit(index, writes);
  }
}

const SMALL = 1000;
const LARGE = 32_000;
const STEPS = 100;

type Entry = (n: number) => readonly string[];

function filled(size: number, head: readonly string[], entry: Entry): { driver: Driver; store: CountingStore } {
  const store = new CountingStore();
  const driver = new Driver({ store });
  for (let start = 0; start < size; start += 1000)
    driver.run(...head, ...Array.from({ length: 1000 }, (_, n) => entry(start + n)).flat());
  store.records = 0;
  store.written = 0;
  return { driver, store };
}

const spread = (n: number, size: number): string => String((n * 7919) % size);
const list = [["RPUSH", "c"], (n) => [`element ${n}`]] as const satisfies [readonly string[], Entry];
const set = [["SADD", "c"], (n) => [`m${n}`]] as const satisfies [readonly string[], Entry];
const hash = [["HSET", "c"], (n) => [`f${n}`, "v"]] as const satisfies [readonly string[], Entry];
const zset = [["ZADD", "c"], (n) => [String(n), `m${n}`]] as const satisfies [readonly string[], Entry];

/** A command, what it works on, and how many trees it goes down, twice where it also writes them. */
const COSTS: readonly [string, readonly [readonly string[], Entry], number, (n: number, size: number) => string[]][] = [
  ["LPUSH", list, 2, (n) => ["LPUSH", "c", `${n}`]],
  ["LPOP", list, 2, () => ["LPOP", "c"]],
  ["LINDEX", list, 1, (n, size) => ["LINDEX", "c", spread(n, size)]],
  ["SISMEMBER", set, 1, (n, size) => ["SISMEMBER", "c", `m${spread(n, size)}`]],
  ["HSET", hash, 2, (n) => ["HSET", "c", `new ${n}`, "v"]],
  ["ZADD", zset, 4, (n, size) => ["ZADD", "c", spread(n, size), `new ${n}`]],
  ["ZRANK", zset, 2, (n, size) => ["ZRANK", "c", `m${spread(n, size)}`]],
  ["ZRANGE", zset, 1, (n, size) => ["ZRANGE", "c", spread(n, size), spread(n, size)]],
];

describe("a step inside of a collection", () => {
  it.each(COSTS)(
    "%s touches a path more per tree for each level, from 1,000 entries to 32,000",
    (_, [head, entry], trees, step) => {
      const costOf = (size: number): number => {
        const { driver, store } = filled(size, head, entry);
        for (let n = 0; n < STEPS; n++) driver.run(...step(n, size));
        return store.records / STEPS;
      };
      const [small, large] = [costOf(SMALL), costOf(LARGE)];
      // A node that was split is at least half full, so a level holds half of ENTRIES_MAX times as much as the one below.
      const levels = Math.ceil(Math.log(LARGE / SMALL) / Math.log(ENTRIES_MAX / 2));
      // And some steps split or merge nodes on their way: at both sizes, but not the same ones.
      expect(large - small).toBeLessThanOrEqual(trees * levels + 1);
      expect(large / small).toBeLessThanOrEqual(Math.log(LARGE) / Math.log(SMALL));
    },
  );
});

describe("dropping a collection", () => {
  it.each([
    ["DEL", zset, ["DEL", "c"]],
    ["SET", set, ["SET", "c", "x"]],
    ["LTRIM", list, ["LTRIM", "c", "0", "999"]],
    ["FLUSHALL", hash, ["FLUSHALL"]],
  ] as const)(
    "by %s writes no more records in any commit than the budget and a few, however large it was",
    (_, [head, entry], command) => {
      const { driver, store } = filled(LARGE, head, entry);
      const { reclaimPerCommit, reclaimPerCommand } = DEFAULT_CONFIG;
      const most = reclaimPerCommit + reclaimPerCommand + 4 * ENTRIES_MAX;
      for (let commits = 0; commits < 200; commits++) {
        const before = store.written;
        if (commits === 0) driver.run(...command);
        else driver.commit([]);
        expect(store.written - before).toBeLessThanOrEqual(most);
      }
      const left = driver.entries().length;
      expect(left).toBeLessThan(80);
    },
  );
});
