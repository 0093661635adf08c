// The machine as the log drives it: commits are atomic and serial, refusals change nothing, time is log time, and the
// same log gives the same replies, records and digests on every store, with or without a restart or a snapshot between.
import { type CommandGroup, encodeCommand } from "@quorate/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../src/bytes/byte-string.ts";
import {
  type CommandFamily,
  createMachine,
  defineModule,
  guardModules,
  MemoryStore,
  type Range,
  SnapshotError,
} from "../src/index.ts";
import { printReply } from "../src/reply/print-reply.ts";
import { integer } from "../src/reply/reply.ts";
import { DeadlineMet } from "../src/state/keyspace.ts";
import { Driver } from "./drive.ts";
import { Chance } from "./redis/chance.ts";
import type { Generator } from "./redis/compare.ts";
import { hashes } from "./redis/hashes.ts";
import { keys } from "./redis/keys.ts";
import { lists } from "./redis/lists.ts";
import { sets } from "./redis/sets.ts";
import { strings } from "./redis/strings.ts";
import { zsets } from "./redis/zsets.ts";

/** A store with nothing in common with the other but its port: a sorted array. */
class ArrayStore extends MemoryStore {
  #entries: (readonly [string, string])[] = [];

  override get(key: string): string | undefined {
    return this.#entries.find(([each]) => each === key)?.[1];
  }

  override range({ from, to, reverse, limit }: Range): (readonly [string, string])[] {
    const inside = this.#entries.filter(([key]) => key >= from && (to === undefined || key < to));
    return (reverse === true ? inside.reverse() : inside).slice(0, limit);
  }

  override commit(index: number, writes: readonly (readonly [string, string | undefined])[]): void {
    super.commit(index, writes);
    const changed = new Map<string, string | undefined>([...this.#entries, ...writes]);
    const kept = [...changed].filter((entry): entry is [string, string] => entry[1] !== undefined);
    this.#entries = kept.sort(([left], [right]) => (left < right ? -1 : 1));
  }
}

/** Commands that Redis does not have. */
const own: Generator = (chance) => {
  const [key, owner, ms] = [chance.key(), `o${chance.below(3)}`, String(chance.between(1, 3000))];
  return [
    chance.pick([
      ["LOCK.TRY", key, owner, ms],
      ["LOCK.WAIT", key, owner, ms, ms],
      ["LOCK.RELEASE", key, String(chance.below(9))],
      ["FENCE", key, String(chance.between(1, 9)), "SET", chance.key(), owner],
      ["ELECTION.STAND", key, owner, ms],
      ["SEMAPHORE.TRY", key, "2", owner, ms],
      ["TIMER.SET", owner, ms, "LPUSH", key, owner],
      ["RATE.TAKE", key, "3", ms],
      ["COUNTER.ADD", key, "1", "MAX", "5"],
      ["TXN", "IF", "EXISTS", key, "THEN", "2", "DEL", key, "ELSE", "3", "SET", key, "1"],
      ["SESSION.OPEN", "TIMEOUT", ms],
      ["PEXPIRE", key, ms],
    ]),
  ];
};

const GENERATORS = [strings, keys, hashes, lists, sets, zsets, own];

const randomCommits = (seed: number, count: number): string[][][] => {
  const chance = new Chance(seed);
  const commands = (): string[][] =>
    chance
      .pick(GENERATORS)(chance)
      .map((words) => [...words]);
  return Array.from({ length: count }, () => chance.some(0, 16, commands).flat());
};

describe("a commit", () => {
  it("applies neighbours of a refused command as if it were not there", () => {
    const driver = new Driver();
    const replies = driver.commit([["SET", "a", "1"], ["LPUSH", "a", "x"], ["INCR", "a"], ["NOSUCH"], ["INCR", "a"]]);
    expect(replies.map(printReply)).toEqual([
      "OK",
      "(error) WRONGTYPE Operation against a key holding the wrong kind of value",
      "(integer) 2",
      "(error) ERR unknown command 'NOSUCH', with args beginning with: ",
      "(integer) 3",
    ]);
  });

  it("takes back everything that a command did before it threw, its log lines and its counters too", () => {
    const vandals: CommandFamily = {
      name: "vandal",
      title: "Vandals",
      commands: ["refuse", "fail"].map((how) => ({
        name: `VANDAL.${how.toUpperCase()}`,
        arity: 1,
        flags: ["write"],
        keys: { first: 0, last: 0, step: 0 },
        summary: "Changes a lot and throws.",
        syntax: "",
        examples: [],
        run({ keys, state }) {
          keys.writeString("a", "vandalised", "set", 5_000_000);
          keys.writeString("b", "new", "set");
          const list = keys.editCollection("c", "list");
          for (let n = 0; n < 200; n++) list.index.insertAt(n, "x");
          keys.saveCollection("c", list, "rpush");
          keys.flush("flushall");
          state.sessions.open("9.9", { timeoutMs: 1, user: "", clientKey: "" }, 0);
          if (how === "fail") throw new TypeError("a bug");
          keys.readAs("d", "hash");
          throw new RangeError("not reached in a right test");
        },
      })),
    };
    const plain = new Driver({ families: [vandals] });
    const attacked = new Driver({ families: [vandals] });
    for (const driver of [plain, attacked])
      driver.commit([
        ["SET", "a", "1"],
        ["SADD", "d", "x"],
        ["RPUSH", "c", "y"],
      ]);
    const before = attacked.entries();
    plain.commit([]);
    const [failed] = attacked.commit([["VANDAL.FAIL"]]);
    expect(printReply(failed!)).toBe("(error) ERR 'vandal.fail' failed and was not applied");
    expect(attacked.entries().filter(([key]) => key !== "d")).toEqual(plain.entries().filter(([key]) => key !== "d"));
    expect(attacked.entries().length).toBe(before.length);
    expect(attacked.cli("LRANGE c 0 -1")).toBe('1) "y"');
  });

  it("sends nobody back to the log from within the log", () => {
    const lost: CommandFamily = {
      name: "lost",
      title: "Lost",
      commands: [
        {
          name: "LOST.MEET",
          arity: 1,
          flags: ["readonly"],
          keys: { first: 0, last: 0, step: 0 },
          summary: "Meets a deadline where none can be.",
          syntax: "",
          examples: [],
          run: () => {
            throw new DeadlineMet(5);
          },
        },
      ],
    };
    const driver = new Driver({ families: [lost] });
    expect(driver.cli("LOST.MEET")).toBe("(error) ERR 'lost.meet' failed and was not applied");
    expect(driver.query(["LOST.MEET"])).toEqual({ deadline: 5 });
  });

  it("answers what does not decode with an error, in its place", () => {
    const driver = new Driver();
    const ping = encodeCommand({
      words: [bytesOf("DBSIZE")],
      notAfter: 2e12,
      session: undefined,
      user: "",
      clientSignature: undefined,
    });
    const group: CommandGroup = {
      author: 0,
      timestamp: 0,
      payload: [new Uint8Array([1, 2, 3]), ping, new Uint8Array()],
    };
    const { replies } = driver.machine.apply({ index: 1, time: 5, chainDigest: "" }, [group]);
    expect(replies[0]!.map((reply) => reply.kind)).toEqual(["error", "integer", "error"]);
  });

  it("refuses to go anywhere but to the next index, or back in time", () => {
    const driver = new Driver();
    driver.run("SET", "a", "1");
    expect(() => driver.machine.apply({ index: 3, time: 2e6, chainDigest: "" }, [])).toThrow(/does not follow/);
    expect(() => driver.machine.apply({ index: 2, time: 5, chainDigest: "" }, [])).toThrow(/went back/);
  });

  it("keeps to its limits with clear errors", () => {
    const driver = new Driver({ config: { keyBytesMax: 8, valueBytesMax: 16, argumentsMax: 5 } });
    expect(driver.cli("SET 123456789 x")).toBe("(error) ERR key exceeds the maximum of 8 bytes");
    expect(driver.cli("SET a 12345678901234567")).toMatch(/string exceeds maximum allowed size/);
    expect(driver.cli("MGET a b c d e")).toMatch(/at most 5 words/);
    expect(driver.cli("SETRANGE a 16 x")).toMatch(/string exceeds maximum allowed size/);
    expect(driver.cli("DBSIZE")).toBe("(integer) 0");
  });

  it("refuses a reply that would be too large, and undoes the command that gave it", () => {
    const driver = new Driver({ config: { replyBytesMax: 200 } });
    driver.run("RPUSH", "l", ...Array.from({ length: 12 }, () => "xxxxxxxx"));
    expect(driver.cli("LRANGE l 0 3")).not.toMatch(/error/);
    expect(driver.cli("LRANGE l 0 -1")).toMatch(/the reply exceeds the maximum of 200 bytes/);
    expect(driver.cli("LPOP l 12")).toMatch(/the reply exceeds/);
    expect(driver.cli("LLEN l")).toBe("(integer) 12");
  });

  it("counts what commands inside of a command answer together, and runs none beyond the bound", () => {
    let runs = 0;
    const counted: CommandFamily = {
      name: "counted",
      title: "Counted",
      commands: [
        {
          name: "COUNTED.HUNDRED",
          arity: 1,
          flags: ["readonly"],
          keys: { first: 0, last: 0, step: 0 },
          summary: "Answers a hundred bytes.",
          syntax: "",
          examples: [],
          run: () => {
            runs++;
            return { kind: "bulk", value: "x".repeat(84) };
          },
        },
      ],
    };
    const module = defineModule({
      name: "waste",
      commands: {
        all: (_, [times], { call }) => {
          for (let left = Number(times); left > 0; left--) call("COUNTED.HUNDRED");
        },
      },
    });
    const driver = new Driver({ config: { replyBytesMax: 1100 }, families: [counted, ...guardModules([module])] });
    const times = (count: number): string => " 1 COUNTED.HUNDRED".repeat(count);
    for (const enough of [`TXN.EXEC 0${times(10)}`, `TXN THEN${times(10)}`, "waste.all 11"]) {
      expect(driver.cli(enough)).not.toMatch(/error/);
    }
    driver.run("SADD", "s", "x");
    expect(driver.cli("TXN.EXEC 0 2 INCR n 3 SRANDMEMBER s -1000")).toMatch(/the reply would exceed/);
    expect(driver.cli("EXISTS n")).toBe("(integer) 0");
    runs = 0;
    for (const tooMuch of [
      `TXN.EXEC 0 3 SET a 1${times(4000)}`,
      `TXN THEN 3 SET a 1${times(4000)}`,
      "waste.all 4000",
    ]) {
      expect(driver.cli(tooMuch)).toBe("(error) ERR the reply exceeds the maximum of 1100 bytes; ask for less");
    }
    expect(runs).toBeLessThan(5 * 12);
    expect(driver.cli("EXISTS a")).toBe("(integer) 0");
  });

  it("gives long replies up to a commit's bound, and short ones to the end", () => {
    const driver = new Driver({ config: { replyBytesPerCommit: 2500 } });
    driver.run("SET", "long", "x".repeat(984));
    const replies = driver.commit([
      ["GET", "long"],
      ["GET", "long"],
      ["GETDEL", "long"],
      ["INCR", "n"],
      ["STRLEN", "long"],
    ]);
    expect(replies.map(({ kind }) => kind)).toEqual(["bulk", "bulk", "error", "integer", "integer"]);
    expect(printReply(replies[2]!)).toMatch(/the replies of one commit exceed the maximum of 2500 bytes/);
    expect(replies[4]).toEqual(integer(984));
    expect(driver.run("GET", "long").kind).toBe("bulk");
  });
});

describe("log time", () => {
  it("expires a key when it reaches the deadline, never before, and tells the next deadline", () => {
    const driver = new Driver({ time: 1000 });
    driver.run("SET", "a", "1", "PX", "500");
    expect(driver.nextDeadline).toBe(1500);
    expect(driver.machine.nextDeadline).toBe(1500);
    driver.time = 1499;
    expect(driver.cli("GET a")).toBe('"1"');
    driver.time = 1500;
    expect(driver.cli("GET a")).toBe("(nil)");
    expect(driver.nextDeadline).toBeUndefined();
  });

  it("starts a deadline at the block's timestamp when log time is behind it", () => {
    const driver = new Driver({ time: 1000 });
    driver.commit([["SET", "a", "1", "PX", "500"]], 61_000);
    expect(driver.nextDeadline).toBe(61_500);
    driver.commit([["SET", "b", "1", "PX", "500"]], 10);
    expect(driver.nextDeadline).toBe(1500);
  });

  it("sends a reader back when the deadline is past by its clock only", () => {
    const driver = new Driver({ time: 1000 });
    driver.run("SET", "a", "1", "PX", "500");
    driver.run("SET", "b", "2");
    expect(driver.query(["GET", "a"], 1499)).toEqual({ kind: "bulk", value: "1" });
    expect(driver.query(["GET", "a"], 1500)).toEqual({ deadline: 1500 });
    expect(driver.query(["MGET", "b", "a"], 9999)).toEqual({ deadline: 1500 });
    expect(driver.query(["GET", "b"], 9999)).toEqual({ kind: "bulk", value: "2" });
    driver.time = 1600;
    driver.commit([]);
    expect(driver.query(["GET", "a"], 9999)).toEqual({ kind: "null" });
  });

  it("estimates a time to live from the reader's clock, and never as nothing while the key is there", () => {
    const driver = new Driver({ time: 1000 });
    driver.run("SET", "a", "1", "PX", "10000");
    expect(driver.query(["PTTL", "a"], 4000)).toEqual(integer(7000));
    expect(driver.query(["PTTL", "a"], 10)).toEqual(integer(10_000));
    expect(driver.query(["TTL", "a"], 10_999)).toEqual(integer(1));
  });

  it("carries out a storm of expiries in budgets, while none of the keys is seen again", () => {
    const driver = new Driver({ time: 1000, config: { deadlinesPerCommit: 10 } });
    driver.commit(Array.from({ length: 55 }, (_, n) => ["SET", `k${n}`, "v", "PX", "100"]));
    driver.run("SET", "late", "v", "PX", "5000");
    driver.time = 1100;
    for (let commits = 0; commits < 5; commits++) {
      driver.commit([]);
      expect(driver.nextDeadline).toBe(1101);
      for (let n = 0; n < 55; n++) expect(driver.query(["EXISTS", `k${n}`], 1100)).toEqual(integer(0));
    }
    driver.commit([]);
    expect(driver.nextDeadline).toBe(6000);
    expect(driver.cli("DBSIZE")).toBe("(integer) 1");
  });

  it("refuses what came later than it may", () => {
    const driver = new Driver({ time: 1000 });
    const late = encodeCommand({
      words: ["SET", "a", "1"].map(bytesOf),
      notAfter: 999,
      session: undefined,
      user: "",
      clientSignature: undefined,
    });
    const { replies } = driver.machine.apply({ index: 1, time: 1000, chainDigest: "" }, [
      { author: 0, timestamp: 0, payload: [late] },
    ]);
    expect(printReply(replies[0]![0]!)).toMatch(/^\(error\) REJECTED/);
  });
});

describe("chance", () => {
  it("is new for each read, though nothing is committed between", () => {
    const driver = new Driver();
    driver.run("SADD", "s", ...Array.from({ length: 50 }, (_, n) => `m${n}`));
    const seen = new Set(Array.from({ length: 40 }, () => JSON.stringify(driver.query(["SRANDMEMBER", "s"]))));
    expect(seen.size).toBeGreaterThan(10);
  });

  it("is spread evenly over the members of a set, and over the keys", () => {
    const driver = new Driver();
    driver.commit([["SADD", "s", "a", "b", "c", "d"], ...["w", "x", "y"].map((key) => ["SET", key, "1"])]);
    for (const [words, choices] of [
      [["SRANDMEMBER", "s"], 4],
      [["RANDOMKEY"], 4],
    ] as const) {
      const counts = new Map<string, number>();
      for (let n = 0; n < 400; n++) {
        const picked = JSON.stringify(driver.query(words));
        counts.set(picked, (counts.get(picked) ?? 0) + 1);
      }
      expect(counts.size).toBe(choices);
      if (words[0] === "SRANDMEMBER") expect(Math.min(...counts.values())).toBeGreaterThan(60);
    }
  });
});

describe("dropping a large collection", () => {
  it("takes a few records in the commit that drops it, and the rest within each commit's budget", () => {
    const driver = new Driver({ config: { reclaimPerCommit: 20 } });
    for (let start = 0; start < 20_000; start += 1000)
      driver.run("RPUSH", "list", ...Array.from({ length: 1000 }, (_, n) => `element ${start + n}`));
    const full = driver.entries().length;
    expect(full).toBeGreaterThan(300);
    driver.run("DEL", "list");
    expect(full - driver.entries().length).toBeLessThanOrEqual(45);
    let before = driver.entries().length;
    while (driver.entries().some(([key]) => key.startsWith("n"))) {
      driver.commit([]);
      const now = driver.entries().length;
      expect(before - now).toBeLessThanOrEqual(25);
      expect(now).toBeLessThan(before);
      before = now;
    }
    expect(driver.entries().filter(([key]) => key.startsWith("g"))).toEqual([]);
  });

  it("flushes everything in one step, and forgets the deadlines of what it flushed", () => {
    const driver = new Driver({ time: 1000, config: { reclaimPerCommit: 5 } });
    driver.commit(Array.from({ length: 40 }, (_, n) => ["SET", `k${n}`, "v", "PX", "100"]));
    driver.commit(Array.from({ length: 10 }, (_, n) => ["RPUSH", `l${n}`, "v", "w"]));
    driver.commit([["FLUSHALL"], ["SET", "k1", "again", "PX", "100000"]]);
    expect(driver.cli("DBSIZE")).toBe("(integer) 1");
    driver.time = 1200;
    for (let commits = 0; commits < 40; commits++) driver.commit([]);
    expect(driver.cli("GET k1")).toBe('"again"');
    expect(driver.entries().filter(([key]) => "gnx".includes(key[0]!)).length).toBe(1);
    expect(driver.nextDeadline).toBe(101_000);
  });
});

describe("the store", () => {
  it("has nothing left in it when everything was flushed and has ended, whatever went before", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const driver = new Driver({ config: { reclaimPerCommit: 50, logEntriesMax: 200 } });
        for (const commands of randomCommits(seed, 40)) {
          driver.time += 100;
          driver.commit(commands);
        }
        driver.time += 40 * 24 * 3_600_000;
        driver.commit([]);
        driver.run("FLUSHALL");
        driver.time += 40 * 24 * 3_600_000;
        for (let commits = 0; commits < 200; commits++) driver.commit([]);
        expect(driver.entries().map(([key]) => key)).toEqual(["d", "m"]);
        expect(driver.nextDeadline).toBeUndefined();
        expect(driver.machine.scrub()).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

describe("digests", () => {
  const drive = (driver: Driver, commits: readonly string[][][], each?: (index: number) => void): string[] =>
    commits.map((commands, index) => {
      driver.time += index % 3 === 0 ? 700 : 0;
      driver.commit(commands);
      each?.(index);
      return driver.machine.digest;
    });

  it("are the same at every commit on different stores, and the records with them", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const commits = randomCommits(seed, 12);
        const [one, other] = [new Driver(), new Driver({ store: new ArrayStore() })];
        expect(drive(one, commits)).toEqual(drive(other, commits));
        expect(other.entries()).toEqual(one.entries());
      }),
      { numRuns: 25 },
    );
  });

  it("are the same after a restart, and after a snapshot was restored, at any commit", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(11), (seed, at) => {
        const commits = randomCommits(seed, 12);
        const whole = new Driver();
        const expected = drive(whole, commits);
        const first = new Driver();
        drive(first, commits.slice(0, at));
        const restored = new Driver();
        restored.run("SET", "to be", "forgotten");
        const { pieces, ...head } = first.snapshot();
        restored.machine.restore(pieces, head);
        expect(restored.machine.index).toBe(at);
        const restarted = new Driver({ store: first.store });
        for (const driver of [restored, restarted]) {
          driver.time = first.time;
          const rest: string[] = [];
          for (const [offset, commands] of commits.slice(at).entries()) {
            driver.time += (at + offset) % 3 === 0 ? 700 : 0;
            driver.commit(commands);
            rest.push(driver.machine.digest);
          }
          expect(rest).toEqual(expected.slice(at));
          expect(driver.entries()).toEqual(whole.entries());
        }
      }),
      { numRuns: 15 },
    );
  });

  it("differ from the commit on at which a reply or a record differs", () => {
    const [one, other] = [new Driver(), new Driver()];
    const commits = randomCommits(7, 10);
    const changed = commits.with(4, [...commits[4]!, ["SET", "k1", "only here"]]);
    const [left, right] = [drive(one, commits), drive(other, changed)];
    expect(left.slice(0, 4)).toEqual(right.slice(0, 4));
    for (let index = 4; index < 10; index++) expect(left[index]).not.toBe(right[index]);
  });
});

describe("a scrub", () => {
  it("finds a single record that has changed below the machine", () => {
    const driver = new Driver();
    for (const commands of randomCommits(5, 20)) driver.commit(commands);
    expect(driver.machine.scrub()).toBe(true);
    const [key, value] = driver.entries().find(([each]) => each.startsWith("k"))!;
    driver.store.commit(driver.machine.index, [[key, `${value.slice(0, -1)}\x7f`]]);
    expect(driver.machine.scrub()).toBe(false);
  });
});

describe("a snapshot", () => {
  const filled = (): Driver => {
    const driver = new Driver();
    for (const commands of randomCommits(3, 30)) driver.commit(commands);
    driver.run("SET", "large", "x".repeat(300_000));
    return driver;
  };

  it("does not change while commits go on", () => {
    const driver = filled();
    const snapshot = driver.machine.snapshot();
    const before = driver.snapshot();
    for (const commands of randomCommits(4, 10)) driver.commit(commands);
    expect([...snapshot.pieces]).toEqual(before.pieces);
    expect([snapshot.index, snapshot.digest]).toEqual([before.index, before.digest]);
  });

  it("is refused, and changes nothing, when any byte of it is another", () => {
    const { pieces, ...head } = filled().snapshot();
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (at, place, flip) => {
        const piece = Uint8Array.from(pieces[at % pieces.length]!);
        piece[place % piece.length]! ^= flip;
        const target = new Driver();
        target.run("SET", "kept", "1");
        expect(() => target.machine.restore(pieces.with(at % pieces.length, piece), head)).toThrow(SnapshotError);
        expect([target.machine.index, target.cli("GET kept")]).toEqual([1, '"1"']);
      }),
      { numRuns: 40 },
    );
  });

  it("is refused when its index is another, or an entry comes so often that its sum is nothing", () => {
    const source = filled();
    const { pieces, ...head } = source.snapshot();
    const target = createMachine({ store: new MemoryStore() });
    expect(() => target.restore(pieces, { ...head, index: head.index + 1 })).toThrow(SnapshotError);
    const [entry] = [bytesOf("\x02zz\x01v")];
    expect(() => target.restore([...pieces, ...Array.from({ length: 2 }, () => entry)], head)).toThrow(/not in order/);
  });

  it("restores however its bytes are cut, and is refused when the last one is missing", () => {
    const { pieces, ...head } = filled().snapshot();
    const whole = Buffer.concat([...pieces]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 400, max: 5_000 }), { minLength: 1 }), (sizes) => {
        const cut: Uint8Array[] = [];
        for (let at = 0, nth = 0; at < whole.length; at += cut.at(-1)!.length, nth++)
          cut.push(whole.subarray(at, at + sizes[nth % sizes.length]!));
        const target = createMachine({ store: new MemoryStore() });
        expect(() => target.restore([...cut.slice(0, -1), cut.at(-1)!.subarray(1)], head)).toThrow(SnapshotError);
        target.restore(cut, head);
        expect(target.digest).toBe(head.digest);
      }),
      { numRuns: 8 },
    );
  });

  it("is refused when a piece is missing, doubled, or of another commit", () => {
    const source = filled();
    const { pieces, ...head } = source.snapshot();
    const target = createMachine({ store: new MemoryStore() });
    expect(() => target.restore(pieces.slice(1), head)).toThrow(SnapshotError);
    expect(() => target.restore([...pieces, pieces[0]!], head)).toThrow(SnapshotError);
    source.run("SET", "one more", "1");
    expect(() => target.restore(source.snapshot().pieces, head)).toThrow(SnapshotError);
    target.restore(pieces, head);
    expect(target.digest).toBe(head.digest);
  });
});
