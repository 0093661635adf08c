// What applying commands costs: by type and number of keys, inside of one large collection, and when that is dropped.
// The claims are ratios within one run: a million keys against a thousand, a collection of a million against a small one.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type CommandGroup, encodeCommand } from "@quorate/core";
import { createMachine, type KeyValueMachine, MemoryStore } from "@quorate/machine";

const COMMIT_COMMANDS = 500;
/** Steps before anything is measured, so that no size pays for compiling. */
const WARM_UP = 5000;
const VALUE = "v".repeat(64);

type Words = readonly string[];

/** One new key of each type. */
const TYPES: Readonly<Record<string, (key: string) => Words>> = {
  string: (key) => ["SET", key, VALUE],
  counter: (key) => ["INCR", key],
  list: (key) => ["RPUSH", key, VALUE],
  hash: (key) => ["HSET", key, "field", VALUE],
  set: (key) => ["SADD", key, VALUE],
  "sorted set": (key) => ["ZADD", key, "1", VALUE],
};

/** One step inside of a collection of some size; `n` counts the steps. */
const STEPS: Readonly<
  Record<string, { readonly fill: (n: number) => Words; readonly step: (n: number, size: number) => Words }>
> = {
  LPUSH: { fill: (n) => ["RPUSH", "c", `element ${n}`], step: (n) => ["LPUSH", "c", `element ${n}`] },
  LPOP: { fill: (n) => ["RPUSH", "c", `element ${n}`], step: () => ["LPOP", "c"] },
  LINDEX: { fill: (n) => ["RPUSH", "c", `element ${n}`], step: (n, size) => ["LINDEX", "c", String(spread(n, size))] },
  SISMEMBER: { fill: (n) => ["SADD", "c", `m${n}`], step: (n, size) => ["SISMEMBER", "c", `m${spread(n, size)}`] },
  HGET: { fill: (n) => ["HSET", "c", `f${n}`, "v"], step: (n, size) => ["HGET", "c", `f${spread(n, size)}`] },
  ZADD: {
    fill: (n) => ["ZADD", "c", String(n), `m${n}`],
    step: (n, size) => ["ZADD", "c", String(spread(n, size)), `n${n}`],
  },
  ZRANK: { fill: (n) => ["ZADD", "c", String(n), `m${n}`], step: (n, size) => ["ZRANK", "c", `m${spread(n, size)}`] },
  ZRANGE: {
    fill: (n) => ["ZADD", "c", String(n), `m${n}`],
    step: (n, size) => ["ZRANGE", "c", String(spread(n, size)), String(spread(n, size) + 9)],
  },
};

const spread = (n: number, size: number): number => (n * 7919) % size;

class Feeder {
  readonly machine: KeyValueMachine = createMachine({ store: new MemoryStore() });
  longestMs = 0;

  /** Applies so many commands in commits; answers microseconds a command, without making the commands. */
  feed(count: number, make: (n: number) => Words, from = 0): number {
    let spentMs = 0;
    for (let start = 0; start < count; start += COMMIT_COMMANDS) {
      const payload: Uint8Array[] = [];
      for (let n = start; n < Math.min(start + COMMIT_COMMANDS, count); n++) payload.push(envelope(make(from + n)));
      spentMs += this.commit([{ author: 0, timestamp: 0, payload }]);
    }
    return (spentMs * 1000) / count;
  }

  commit(groups: readonly CommandGroup[]): number {
    const began = performance.now();
    this.machine.apply({ index: this.machine.index + 1, time: 1_000_000, chainDigest: "" }, groups);
    const tookMs = performance.now() - began;
    this.longestMs = Math.max(this.longestMs, tookMs);
    return tookMs;
  }
}

function envelope(words: Words): Uint8Array {
  return encodeCommand({
    words: words.map((word) => Buffer.from(word, "latin1")),
    notAfter: Number.MAX_SAFE_INTEGER,
    session: undefined,
    user: "",
    clientSignature: undefined,
  });
}

/** Commands a second and bytes a key, of each type, at each number of keys. */
export function benchKeys(sizes: readonly number[]): object[] {
  return Object.entries(TYPES).map(([type, make]) => {
    const row: Record<string, unknown> = { type };
    let first = 0;
    new Feeder().feed(WARM_UP, (n) => make(`key:${n}`));
    for (const size of sizes) {
      const before = heapBytes();
      const feeder = new Feeder();
      const measured = Math.min(size, 10_000);
      feeder.feed(size - measured, (n) => make(`key:${n}`));
      const micros = feeder.feed(measured, (n) => make(`key:${n}`), size - measured);
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

/** Microseconds of one step inside of a collection, by its size. */
export function benchCollections(sizes: readonly number[]): object[] {
  return Object.entries(STEPS).map(([name, { fill, step }]) => {
    const row: Record<string, unknown> = { step: name };
    const warm = new Feeder();
    warm.feed(WARM_UP, fill);
    warm.feed(WARM_UP, (n) => step(n, WARM_UP));
    for (const size of sizes) {
      const feeder = new Feeder();
      feeder.feed(size, fill);
      const steps = Math.min(size, 5000);
      row[`us at ${size}`] = Number(feeder.feed(steps, (n) => step(n, size)).toFixed(1));
    }
    return row;
  });
}

/** The longest commit while a collection is dropped and taken apart. */
export function benchDrop(size: number): object[] {
  return Object.entries(STEPS)
    .filter(([name]) => ["LPUSH", "SISMEMBER", "ZADD"].includes(name))
    .map(([name, { fill }]) => {
      const feeder = new Feeder();
      feeder.feed(size, fill);
      feeder.longestMs = 0;
      const dropMs = feeder.commit([{ author: 0, timestamp: 0, payload: [envelope(["DEL", "c"])] }]);
      let commits = 0;
      for (; commits < 100; commits++) feeder.commit([]);
      return {
        collection: `${size} by ${name}`,
        "the drop, ms": dropMs,
        "longest of 100 commits after it, ms": feeder.longestMs,
      };
    });
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
