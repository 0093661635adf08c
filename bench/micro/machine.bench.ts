// What applying commands costs: by type and number of keys, inside of one large collection, and in the longest single
// commits that there are. Times are of a machine that others may be using too, so the claims rest on what is exact:
// records read and written a command. Times are given beside it, as ratios within one run.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Feeder, type Words } from "./feeder.ts";

const COMMIT_COMMANDS = 500;
/** Commands before anything is measured, so that no size pays for compiling. */
const WARM_UP = 5000;
const VALUE = "v".repeat(64);

/** One new key of each type. */
const TYPES: Readonly<Record<string, (key: string) => Words>> = {
  string: (key) => ["SET", key, VALUE],
  counter: (key) => ["INCR", key],
  list: (key) => ["RPUSH", key, VALUE],
  hash: (key) => ["HSET", key, "field", VALUE],
  set: (key) => ["SADD", key, VALUE],
  "sorted set": (key) => ["ZADD", key, "1", VALUE],
};

interface Collection {
  readonly head: Words;
  readonly entry: (n: number) => Words;
}

const LIST: Collection = { head: ["RPUSH", "c"], entry: (n) => [`element ${n}`] };
const SET: Collection = { head: ["SADD", "c"], entry: (n) => [`m${n}`] };
const HASH: Collection = { head: ["HSET", "c"], entry: (n) => [`f${n}`, "v"] };
const SORTED_SET: Collection = { head: ["ZADD", "c"], entry: (n) => [String(n), `m${n}`] };

const spread = (n: number, size: number): number => (n * 7919) % size;

/** One step inside of a collection of some size; `n` counts the steps. */
const STEPS: Readonly<
  Record<string, { readonly collection: Collection; readonly step: (n: number, size: number) => Words }>
> = {
  LPUSH: { collection: LIST, step: (n) => ["LPUSH", "c", `element ${n}`] },
  LPOP: { collection: LIST, step: () => ["LPOP", "c"] },
  LINDEX: { collection: LIST, step: (n, size) => ["LINDEX", "c", String(spread(n, size))] },
  SADD: { collection: SET, step: (n) => ["SADD", "c", `n${n}`] },
  SISMEMBER: { collection: SET, step: (n, size) => ["SISMEMBER", "c", `m${spread(n, size)}`] },
  HGET: { collection: HASH, step: (n, size) => ["HGET", "c", `f${spread(n, size)}`] },
  ZADD: { collection: SORTED_SET, step: (n, size) => ["ZADD", "c", String(spread(n, size)), `n${n}`] },
  ZRANK: { collection: SORTED_SET, step: (n, size) => ["ZRANK", "c", `m${spread(n, size)}`] },
  ZRANGE: {
    collection: SORTED_SET,
    step: (n, size) => ["ZRANGE", "c", String(spread(n, size)), String(spread(n, size) + 9)],
  },
};

/** Commands a second and bytes a key, of each type, at each number of keys. */
export function benchKeys(sizes: readonly number[]): object[] {
  return Object.entries(TYPES).map(([type, make]) => {
    const row: Record<string, unknown> = { type };
    const make1 = (n: number): Words => make(`key:${n}`);
    let first = 0;
    new Feeder().feed(WARM_UP, COMMIT_COMMANDS, make1);
    for (const size of sizes) {
      const before = heapBytes();
      const feeder = new Feeder();
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

/** Steps inside of a collection, by its size: records and bytes are exact, microseconds are not. */
export function benchCollections(sizes: readonly number[]): object[] {
  return Object.entries(STEPS).map(([name, { collection, step }]) => {
    const row: Record<string, unknown> = { step: name };
    const found = sizes.map((size) => measureStep(size, collection, step));
    const ratio = (of: (cost: StepCost) => number): string => `${(of(found.at(-1)!) / of(found[0]!)).toFixed(2)}x`;
    sizes.forEach((size, at) => {
      const { reads, writes, bytes } = found[at]!;
      row[`at ${size}: read, written, bytes`] = `${reads.toFixed(1)}, ${writes.toFixed(1)}, ${Math.round(bytes)}`;
    });
    row["records, last to first"] = ratio(({ reads, writes }) => reads + writes);
    sizes.forEach((size, at) => {
      row[`us at ${size}`] = found[at]!.micros;
    });
    row["us, last to first"] = ratio(({ micros }) => micros);
    return row;
  });
}

interface StepCost {
  /** Of the store, a command that is a commit of its own. */
  readonly reads: number;
  readonly writes: number;
  readonly bytes: number;
  /** A command among many in a commit. */
  readonly micros: number;
}

function measureStep(size: number, { head, entry }: Collection, step: (n: number, size: number) => Words): StepCost {
  const feeder = new Feeder();
  feeder.fill(size, head, entry);
  const steps = Math.min(size / 4, 5000);
  // First in small, also so that nothing is compiled while it is measured.
  const alone = Math.min(size / 4, 200);
  feeder.store.reset();
  feeder.feed(alone, 1, (n) => step(n, size));
  const { reads, writes, bytes } = feeder.store;
  const rounds = Array.from({ length: 5 }, (_, round) =>
    feeder.feed(steps / 5, COMMIT_COMMANDS, (n) => step(n, size), alone + (round * steps) / 5),
  );
  const micros = rounds.sort((left, right) => left - right)[2]!;
  return { reads: reads / alone, writes: writes / alone, bytes: bytes / alone, micros };
}

interface LongCommit {
  readonly what: string;
  readonly commands: readonly Words[];
  /** Milliseconds of processor time, in a machine that is not compiled for it yet. */
  readonly budgetMs: number;
}

/** What may take long: dropping takes a note, whatever was dropped; the rest touches every entry. */
function longCommits(size: number): readonly LongCommit[] {
  const half = String(size / 2 - 1);
  const dropMs = 20;
  const wholeMs = Math.max(50, size / 250);
  const members = Array.from({ length: 40_000 }, (_, n) => n.toString(36));
  return [
    { what: "DEL of a sorted set", commands: [["DEL", "z"]], budgetMs: dropMs },
    { what: "SET over a set", commands: [["SET", "s", "x"]], budgetMs: dropMs },
    { what: "LTRIM to half a list", commands: [["LTRIM", "l", "0", half]], budgetMs: dropMs },
    { what: "FLUSHALL", commands: [["FLUSHALL"]], budgetMs: dropMs },
    { what: "ZREMRANGEBYRANK of half", commands: [["ZREMRANGEBYRANK", "z", "0", half]], budgetMs: wholeMs },
    { what: "SPOP of half", commands: [["SPOP", "s", half]], budgetMs: wholeMs },
    { what: "LREM of a third", commands: [["LREM", "l", "0", "0"]], budgetMs: wholeMs },
    { what: "COPY of a sorted set", commands: [["COPY", "z", "t"]], budgetMs: wholeMs },
    { what: "SUNIONSTORE", commands: [["SUNIONSTORE", "t", "s", "s2"]], budgetMs: wholeMs },
    { what: "ZUNIONSTORE", commands: [["ZUNIONSTORE", "t", "2", "z", "s2"]], budgetMs: 2 * wholeMs },
    { what: "SADD of 40,000 members", commands: [["SADD", "s", ...members]], budgetMs: 2000 },
    {
      what: "ZADD of 20,000 members",
      commands: [["ZADD", "z", ...members.slice(0, 20_000).flatMap((member, n) => [String(n), member])]],
      budgetMs: 2000,
    },
    {
      what: "TXN.EXEC of 4,096 ZADDs",
      commands: [
        ["TXN.EXEC", "0", ...members.slice(0, 4096).flatMap((member, n) => ["4", "ZADD", "z", `${n}`, member])],
      ],
      budgetMs: 2000,
    },
  ];
}

/** The longest single commits over collections of some size. Sets the exit code if one is longer than its budget. */
export function benchLongest(size: number): object[] {
  return longCommits(size).map(({ what, commands, budgetMs }) => {
    const feeder = new Feeder();
    const names = new Set(commands.flat());
    const all = names.has("FLUSHALL");
    if (all || names.has("z")) feeder.fill(size, ["ZADD", "z"], (n) => [String(n), `m${n}`]);
    if (all || names.has("s")) feeder.fill(size, ["SADD", "s"], (n) => [`m${n}`]);
    if (all || names.has("l")) feeder.fill(size, ["RPUSH", "l"], (n) => [String(n % 3)]);
    if (names.has("s2")) feeder.fill(size / 10, ["SADD", "s2"], (n) => [`k${n}`]);
    feeder.store.reset();
    const tookMs = feeder.commit(commands);
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
