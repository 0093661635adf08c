// Timers run once, at log time, whatever happened to who set them; the change log tells every change or says that it
// cannot; rate limits and counters keep to their bounds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../src/bytes/byte-string.ts";
import type { CommandFamily } from "../src/index.ts";
import { bulk, integer } from "../src/reply/reply.ts";
import { Driver } from "./drive.ts";

describe("a timer", () => {
  it("belongs to who set it, whatever letters the name has", () => {
    const whoami: CommandFamily = {
      name: "who",
      title: "Who",
      commands: [
        {
          name: "WHO.NOTE",
          arity: 1,
          flags: ["write"],
          keys: { first: 0, last: 0, step: 0 },
          summary: "Notes who runs it.",
          syntax: "",
          examples: [],
          run: ({ keys, user }) => integer(keys.writeString("who", utf8(user), "set")),
        },
      ],
    };
    const driver = new Driver({ time: 1000, families: [whoami] });
    driver.user = "ユ ä 🦊";
    driver.cli("TIMER.SET note 100 WHO.NOTE");
    driver.user = "";
    driver.time = 1100;
    driver.commit([]);
    expect(driver.run("GET", "who")).toEqual(bulk(utf8("ユ ä 🦊")));
  });

  it("runs its command once when log time reaches it, in order of time", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("TIMER.SET second 200 RPUSH log second");
    driver.cli("TIMER.SET first 100 RPUSH log first");
    driver.cli("TIMER.SET never 300 RPUSH log never");
    driver.cli("TIMER.CANCEL never");
    expect(driver.nextDeadline).toBe(1100);
    driver.time = 1099;
    expect(driver.cli("EXISTS log")).toBe("(integer) 0");
    driver.time = 5000;
    expect(driver.cli("LRANGE log 0 -1")).toBe('1) "first"\n2) "second"');
    driver.time = 9000;
    expect(driver.cli("LLEN log")).toBe("(integer) 2");
    expect(driver.nextDeadline).toBeUndefined();
  });

  it("can set itself again", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("SET n 0");
    driver.cli("TIMER.SET tick 100 TXN.EXEC 0 2 INCR n 4 TIMER.SET tick 100 INCR");
    expect(driver.cli("TIMER.GET tick")).toBe("(nil)");
    driver.cli("TIMER.SET tick 100 TIMER.SET tick 100 INCR n");
    driver.time = 1100;
    driver.commit([]);
    expect(driver.cli("TIMER.GET tick")).toContain('1) "INCR"');
    driver.time = 1200;
    expect(driver.cli("GET n")).toBe('"1"');
  });

  it("survives a restart, and fails alone", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("SET s x");
    driver.cli("TIMER.SET bad 100 INCR s");
    driver.cli("TIMER.SET good 100 INCR n");
    const again = new Driver({ store: driver.store, time: 1100 });
    expect(again.cli("GET n")).toBe('"1"');
    expect(again.cli("GET s")).toBe('"x"');
    expect(again.cli("CHANGES.READ 1")).toContain('"timer_failed"');
  });

  it("is refused at once when its command cannot be run", () => {
    const driver = new Driver();
    expect(driver.cli("TIMER.SET t 100 NOSUCH")).toMatch(/unknown command/);
    expect(driver.cli("TIMER.SET t 100 GET")).toMatch(/wrong number of arguments/);
    expect(driver.cli("TIMER.SET t 0 DEL a")).toMatch(/from 1 ms/);
    expect(driver.cli("TIMER.GET t")).toBe("(nil)");
  });
});

describe("the change log", () => {
  it("numbers every change without a gap and tells each with its event", () => {
    const driver = new Driver({ time: 1000 });
    driver.commit([
      ["SET", "a", "1", "PX", "50"],
      ["GET", "a"],
      ["RPUSH", "l", "x", "y"],
      ["INCR", "l"],
    ]);
    driver.time = 1100;
    driver.commit([["LPOP", "l", "2"], ["FLUSHALL"]]);
    const events = [...driver.cli("CHANGES.READ 1").matchAll(/\(integer\) (\d+)\n +2\) "(\w+)"\n +3\) "(\w*)"/g)];
    expect(events.map(([, revision, event, key]) => `${revision} ${event} ${key}`)).toEqual([
      "1 set a",
      "2 rpush l",
      "3 expired a",
      "4 lpop l",
      "5 del l",
      "6 flushall ",
    ]);
  });

  it("hands out every revision exactly once to a cursor, whatever the page and the commit sizes", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 50 }), (commits, page) => {
        const driver = new Driver();
        for (const size of commits) driver.commit(Array.from({ length: size }, (_, n) => ["SET", `k${n}`, "v"]));
        const total = commits.reduce((sum, size) => sum + size, 0);
        const seen: number[] = [];
        for (let cursor = 1; ; ) {
          const reply = driver.query(["CHANGES.READ", String(cursor), "COUNT", String(page)]);
          if (!("kind" in reply) || reply.kind !== "array") throw new Error("a page was expected");
          const [next, changes] = reply.items;
          if (next?.kind !== "integer" || changes?.kind !== "array") throw new Error("a page was expected");
          for (const change of changes.items) {
            if (change.kind === "array" && change.items[0]!.kind === "integer")
              seen.push(Number(change.items[0]!.value));
          }
          if (next.value === cursor) break;
          cursor = Number(next.value);
        }
        expect(seen).toEqual(Array.from({ length: total }, (_, n) => n + 1));
      }),
      { numRuns: 60 },
    );
  });

  it("does not take what was written before any time was known for old", () => {
    const driver = new Driver({ time: 0, config: { logEntriesMax: 1000, logAgeMsMax: 5000 } });
    driver.cli("SET a 1");
    driver.cli("SET b 2");
    driver.time = 1_000_000;
    driver.cli("SET c 3");
    expect(driver.cli("CHANGES.RANGE")).toBe("1) (integer) 1\n2) (integer) 3");
    driver.time += 5_001;
    driver.cli("SET d 4");
    expect(driver.cli("CHANGES.RANGE")).toBe("1) (integer) 4\n2) (integer) 4");
  });

  it("says so when what is asked for was let go, by count and by age, or never was", () => {
    const driver = new Driver({ time: 1000, config: { logEntriesMax: 10, logAgeMsMax: 5000 } });
    for (let n = 0; n < 30; n++) driver.run("SET", "a", `${n}`);
    expect(driver.cli("CHANGES.READ 1")).toBe("(error) COMPACTED the first revision kept is 21");
    expect(driver.cli("CHANGES.READ 20")).toMatch(/^\(error\) COMPACTED/);
    expect(driver.cli("CHANGES.READ 21 COUNT 1")).toContain("(integer) 22");
    expect(driver.cli("CHANGES.READ 31")).toBe("1) (integer) 31\n2) (empty array)");
    expect(driver.cli("CHANGES.READ 32")).toBe("(error) GAP the last revision is 30");
    driver.time += 6000;
    for (let n = 0; n < 4; n++) driver.commit([]);
    expect(driver.cli("CHANGES.READ 30")).toBe("(error) COMPACTED the first revision kept is 31");
    expect(driver.cli("CHANGES.RANGE")).toBe("1) (integer) 31\n2) (integer) 30");
    driver.run("SET", "a", "again");
    expect(driver.cli("CHANGES.READ 31")).toContain('"set"');
  });

  it("forgets the marks of removed keys with the lines that told of them", () => {
    const driver = new Driver({ config: { logEntriesMax: 10 } });
    for (let n = 0; n < 50; n++)
      driver.commit([
        ["SET", `k${n}`, "v"],
        ["DEL", `k${n}`],
      ]);
    expect(driver.entries().filter(([key]) => key.startsWith("t")).length).toBeLessThanOrEqual(6);
  });
});

describe("a rate limit", () => {
  it("allows a burst up to the limit and then one at a time", () => {
    const driver = new Driver({ time: 1_000_000 });
    const take = (): string => driver.cli("RATE.TAKE r 4 1000").split("\n")[0]!;
    expect([take(), take(), take(), take(), take()].map((line) => line.at(-1))).toEqual(["1", "1", "1", "1", "0"]);
    driver.time += 249;
    expect(take().at(-1)).toBe("0");
    driver.time += 1;
    expect(take().at(-1)).toBe("1");
    driver.time += 1000;
    expect(driver.cli("EXISTS r")).toBe("(integer) 0");
  });

  it("never allows more than the limit and what has come free, over any span", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 150 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 7 }), (waits, limit) => {
        const driver = new Driver({ time: 1_000_000 });
        const taken: number[] = [];
        for (const wait of waits) {
          driver.time += wait;
          if (driver.cli(`RATE.TAKE r ${limit} 1000`).startsWith("1) (integer) 1")) taken.push(driver.time);
        }
        for (const [first, from] of taken.entries()) {
          for (const [last, to] of taken.entries()) {
            if (last < first) continue;
            expect(last - first + 1).toBeLessThanOrEqual(limit + Math.floor(((to - from) * limit) / 1000));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
