// What applying commands costs: by type and number of keys, inside of one large collection, and in the longest single
// commits that there are. Times are of a machine that others may be using too, so the claims rest on what is exact:
// records read and written a command. Times are given beside it, as ratios within one run.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CountingStore } from "./counting-store.ts";
import { Feeder, type Words } from "./feeder.ts";
import { NEW_KEYS } from "./new-keys.ts";

const COMMIT_COMMANDS = 500;
/** Commands before anything is measured, so that no size pays for compiling. */
const WARM_UP = 5000;
const ROUNDS = 10;
const LOOK_UPS = 100_000;
interface Collection {
  readonly head: Words;
  readonly entry: (n: number) => Words;
}

const LIST: Collection = { head: ["RPUSH", "c"], entry: (n) => [`element ${n}`] };
const SET: Collection = { head: ["SADD", "c"], entry: (n) => [`m${n}`] };
const HASH: Collection = { head: ["HSET", "c"], entry: (n) => [`f${n}`, "v"] };
const SORTED_SET: Collection = { head: ["ZADD", "c"], entry: (n) => [String(n), `m${n}`] };

const spread = (n: number, size: number): number => (n * 7919) % size;

type Step = (n: number, size: number) => Words;

/** Steps inside of a collection of some size, in the order in which they are taken; `n` counts the steps of each. */
const STEPS: readonly (readonly [Collection, Readonly<Record<string, Step>>])[] = [
  [
    LIST,
    {
      LINDEX: (n, size) => ["LINDEX", "c", String(spread(n, size))],
      LPUSH: (n) => ["LPUSH", "c", `element ${n}`],
      LPOP: () => ["LPOP", "c"],
    },
  ],
  [
    SET,
    {
      SISMEMBER: (n, size) => ["SISMEMBER", "c", `m${spread(n, size)}`],
      SADD: (n) => ["SADD", "c", `n${n}`],
    },
  ],
  [HASH, { HGET: (n, size) => ["HGET", "c", `f${spread(n, size)}`] }],
  [
    SORTED_SET,
    {
      ZRANK: (n, size) => ["ZRANK", "c", `m${spread(n, size)}`],
      "ZRANGE of 10": (n, size) => ["ZRANGE", "c", String(spread(n, size)), String(spread(n, size) + 9)],
      ZADD: (n, size) => ["ZADD", "c", String(spread(n, size)), `n${n}`],
    },
  ],
];

/** Commands a second and bytes a key, of each type, at each number of keys. */
export function benchKeys(sizes: readonly number[]): object[] {
  return Object.entries(NEW_KEYS).map(([type, make]) => {
    const row: Record<string, unknown> = { type };
    const make1 = (n: number): Words => make(`key:${n}`);
    let first = 0;
    new Feeder(new CountingStore()).feed(WARM_UP, COMMIT_COMMANDS, make1);
    for (const size of sizes) {
      const before = heapBytes();
      const feeder = new Feeder(new CountingStore());
      const measured = Math.min(size, 10_000);
      feeder.feed(size - measured, COMMIT_COMMANDS, make1);
      const micros = feeder.feed(measured, COMMIT_COMMANDS, make1, size - measured);
      first ||= micros;
      row[`commands/s at ${size}`] = Math.round(1e6 / micros);
      if (size !== sizes.at(-1)) continue;
      row["slower than the first by"] = `${(micros / first).toFixed(1)}x`;
      row["bytes a key"] = Math.round((heapBytes() - before) / size);
      if (feeder.machine.index === 0) throw new Error("the state must outlive the measurement");
    }
    return row;
  });
}

/**
 * What size alone costs on this machine: one look-up in a plain Map, which takes the same number of steps at every size.
 * How much slower it gets is the processor's caches, and nobody's algorithm.
 */
export function benchMap(sizes: readonly number[]): object[] {
  const row: Record<string, unknown> = { "a plain Map": "get of any key" };
  const times = sizes.map((size) => {
    const map = new Map(Array.from({ length: size }, (_, n) => [`m${n}`, `value ${n}`]));
    const keys = Array.from({ length: LOOK_UPS }, (_, n) => `m${spread(n, size)}`);
    let found = 0;
    const rounds = Array.from({ length: ROUNDS }, () => {
      const began = process.cpuUsage();
      for (const key of keys) found += map.get(key)!.length;
      const { user, system } = process.cpuUsage(began);
      return (user + system) / LOOK_UPS;
    });
    if (found === 0) throw new Error("the look-ups must not be optimised away");
    return Math.min(...rounds);
  });
  sizes.forEach((size, at) => {
    row[`us at ${size}`] = times[at]!.toFixed(3);
  });
  row["us, last to first"] = `${(times.at(-1)! / times[0]!).toFixed(2)}x`;
  return [row];
}

/** Steps inside of a collection, by its size: records and bytes are exact, microseconds are not. */
export function benchCollections(sizes: readonly number[]): object[] {
  return STEPS.flatMap(([collection, steps]) => {
    measureSteps(WARM_UP, collection, steps);
    const bySize = sizes.map((size) => measureSteps(size, collection, steps));
    return Object.keys(steps).map((name) => {
      const found = bySize.map((costs) => costs[name]!);
      const ratio = (of: (cost: StepCost) => number): string => `${(of(found.at(-1)!) / of(found[0]!)).toFixed(2)}x`;
      const row: Record<string, unknown> = { step: name };
      sizes.forEach((size, at) => {
        const { reads, writes, bytes } = found[at]!;
        row[`at ${size}: read, written, bytes`] = `${reads.toFixed(1)}, ${writes.toFixed(1)}, ${Math.round(bytes)}`;
      });
      row["records, last to first"] = ratio(({ reads, writes }) => reads + writes);
      for (const [what, of] of Object.entries(TIMES)) {
        sizes.forEach((size, at) => {
          row[`us ${what}, ${size}`] = of(found[at]!);
        });
        row[`us ${what}, last to first`] = ratio(of);
      }
      return row;
    });
  });
}

interface StepCost {
  /** Of the store, a command that is a commit of its own. */
  readonly reads: number;
  readonly writes: number;
  readonly bytes: number;
  readonly microsAlone: number;
  /** A command among many in a commit. */
  readonly microsShared: number;
}

const TIMES: Readonly<Record<string, (cost: StepCost) => number>> = {
  alone: ({ microsAlone }) => microsAlone,
  "of 500": ({ microsShared }) => microsShared,
};

function measureSteps(
  size: number,
  { head, entry }: Collection,
  steps: Readonly<Record<string, Step>>,
): Record<string, StepCost> {
  const feeder = new Feeder(new CountingStore());
  feeder.fill(size, head, entry);
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => {
      const alone = Math.min(size / 4, 200);
      feeder.store.reset();
      feeder.feed(alone, 1, (n) => step(n, size));
      const { reads, writes, bytes } = feeder.store;
      let done = alone;
      // The fastest of ten rounds: whoever else is at work can only make one slower.
      const fastest = (count: number, commitCommands: number): number => {
        const rounds = Array.from({ length: ROUNDS }, () => {
          const from = done;
          done += count;
          return feeder.feed(count, commitCommands, (n) => step(n, size), from);
        });
        return Math.min(...rounds);
      };
      const microsAlone = fastest(alone / ROUNDS, 1);
      const microsShared = fastest(Math.min(size / 4, 5000) / ROUNDS, COMMIT_COMMANDS);
      return [name, { reads: reads / alone, writes: writes / alone, bytes: bytes / alone, microsAlone, microsShared }];
    }),
  );
}

interface LongCommit {
  readonly what: string;
  /** Which collection it is carried out on, as `t`. */
  readonly on: "z" | "s" | "l";
  readonly words: Words;
  /** Milliseconds of processor time. */
  readonly budgetMs: number;
}

/**
 * What may take long. Dropping takes a note, whatever was dropped; what touches every entry has 2 microseconds for each,
 * and 8 where it sorts them anew; and then there is the most that one command can carry.
 */
function longCommits(size: number): readonly LongCommit[] {
  const half = String(size / 2 - 1);
  const dropMs = 20;
  const wholeMs = Math.max(100, size / 500);
  const members = Array.from({ length: 60_000 }, (_, n) => n.toString(36));
  const scored = members.slice(0, 30_000).flatMap((member, n) => [String(n % 1000), member]);
  const zadds = members.slice(0, 4096).flatMap((member, n) => ["4", "ZADD", "t", String(n), member]);
  return [
    { what: "DEL of a sorted set", on: "z", words: ["DEL", "t"], budgetMs: dropMs },
    { what: "SET over a set", on: "s", words: ["SET", "t", "x"], budgetMs: dropMs },
    { what: "LTRIM to half a list", on: "l", words: ["LTRIM", "t", "0", half], budgetMs: dropMs },
    { what: "ZREMRANGEBYRANK of half", on: "z", words: ["ZREMRANGEBYRANK", "t", "0", half], budgetMs: wholeMs },
    { what: "SPOP of half", on: "s", words: ["SPOP", "t", half], budgetMs: wholeMs },
    { what: "LREM of a third", on: "l", words: ["LREM", "t", "0", "0"], budgetMs: wholeMs },
    { what: "COPY of a sorted set", on: "s", words: ["COPY", "z", "t", "REPLACE"], budgetMs: wholeMs },
    { what: "SUNIONSTORE with a tenth", on: "s", words: ["SUNIONSTORE", "t", "s", "tenth"], budgetMs: wholeMs },
    {
      what: "ZUNIONSTORE with a tenth",
      on: "z",
      words: ["ZUNIONSTORE", "t", "2", "z", "tenth"],
      budgetMs: 4 * wholeMs,
    },
    { what: "SADD of 60,000 members", on: "s", words: ["SADD", "t", ...members], budgetMs: 1500 },
    { what: "ZADD of 30,000 members", on: "z", words: ["ZADD", "t", ...scored], budgetMs: 1500 },
    { what: "TXN.EXEC of 4,096 ZADDs", on: "z", words: ["TXN.EXEC", "0", ...zadds], budgetMs: 500 },
    { what: "FLUSHALL of all that", on: "z", words: ["FLUSHALL"], budgetMs: dropMs },
  ];
}

/** The longest single commits over collections of some size. Sets the exit code if one is longer than its budget. */
export function benchLongest(size: number): object[] {
  const feeder = new Feeder(new CountingStore());
  feeder.fill(size, ["ZADD", "z"], (n) => [String(n), `m${n}`]);
  feeder.fill(size, ["SADD", "s"], (n) => [`m${n}`]);
  feeder.fill(size, ["RPUSH", "l"], (n) => [String(n % 3)]);
  feeder.fill(size / 10, ["SADD", "tenth"], (n) => [`k${n}`]);
  return longCommits(size).map(({ what, on, words, budgetMs }) => {
    feeder.commit([["COPY", on, "t", "REPLACE"]]);
    feeder.store.reset();
    const tookMs = feeder.commit([words]);
    const written = feeder.store.writes;
    let afterMs = 0;
    for (let commits = 0; commits < 100; commits++) afterMs = Math.max(afterMs, feeder.commit([]));
    if (tookMs > budgetMs) process.exitCode = 1;
    return {
      [`commit over ${size} entries`]: what,
      ms: tookMs,
      "budget, ms": budgetMs,
      held: tookMs <= budgetMs ? "yes" : "NO",
      "records written": written,
      "longest of 100 commits after it, ms": afterMs,
    };
  });
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
