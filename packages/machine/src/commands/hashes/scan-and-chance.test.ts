// Scans while others write, and fields by chance: what a comparison with another server cannot show.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Driver } from "../../../test/drive.ts";
import type { Reply } from "../../index.ts";

interface Page {
  readonly next: string;
  readonly told: readonly string[];
}

const pageOf = (reply: Reply): Page => {
  const [cursor, page] = reply.kind === "array" ? reply.items : [];
  if (cursor?.kind !== "bulk" || page?.kind !== "array") throw new Error(`not a page: ${JSON.stringify(reply)}`);
  return { next: cursor.value, told: page.items.map((item) => (item.kind === "bulk" ? item.value : "")) };
};

/** Scans to the end, with something in between steps. */
const scanAll = (driver: Driver, name: string, count: number, between: (step: number) => void): string[] => {
  const told: string[] = [];
  let cursor = "0";
  for (let step = 0; ; step++) {
    expect(step).toBeLessThan(2000);
    const page = pageOf(driver.run(name, "key", cursor, "COUNT", String(count)));
    expect(page.told.length).toBeLessThanOrEqual(name === "HSCAN" ? 2 * count : count);
    told.push(...page.told);
    if (page.next === "0") return told;
    cursor = page.next;
    between(step);
  }
};

describe("scans of hashes and sets", () => {
  it.each(["HSCAN", "SSCAN"])("%s meets what is there all the time, whatever is written between its steps", (name) => {
    const add = name === "HSCAN" ? "HSET" : "SADD";
    const remove = name === "HSCAN" ? "HDEL" : "SREM";
    const entry = (member: string): string[] => (name === "HSCAN" ? [member, `of ${member}`] : [member]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 99 })), { maxLength: 60 }),
        (size, count, writes) => {
          const driver = new Driver();
          const stable = Array.from({ length: size }, (_, at) => `stable ${at}`);
          driver.run(add, "key", ...stable.flatMap(entry));
          const told = scanAll(driver, name, count, (step) => {
            for (const [adding, which] of writes.slice(step * 3, step * 3 + 3)) {
              if (adding) driver.run(add, "key", ...entry(`passing ${which}`));
              else driver.run(remove, "key", `passing ${which}`);
            }
          });
          for (const member of stable) {
            // Nothing moves, so it is even met just once.
            expect(told.filter((one) => one === member)).toHaveLength(1);
            if (name === "HSCAN") expect(told[told.indexOf(member) + 1]).toBe(`of ${member}`);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("a cursor that was never given out ends the scan", () => {
    const driver = new Driver();
    driver.run("SADD", "key", "a");
    expect(pageOf(driver.run("SSCAN", "key", "18446744073709551615"))).toEqual({ next: "0", told: [] });
  });
});

describe("fields by chance", () => {
  it("HRANDFIELD gives distinct fields, each with its own value", () => {
    const driver = new Driver();
    const fields = Array.from({ length: 150 }, (_, at) => `f${at}`);
    driver.run("HSET", "h", ...fields.flatMap((field) => [field, `of ${field}`]));
    for (const count of [1, 5, 149, 150, 151, -3, -300]) {
      const reply = driver.run("HRANDFIELD", "h", String(count), "WITHVALUES");
      if (reply.kind !== "pairs") throw new Error("not pairs");
      const pairs = reply.entries.map((pair) => pair.map((item) => (item.kind === "bulk" ? item.value : "")));
      expect(pairs).toHaveLength(count < 0 ? -count : Math.min(count, 150));
      for (const [field, value] of pairs) expect(value).toBe(`of ${field}`);
      if (count > 0) expect(new Set(pairs.map(([field]) => field)).size).toBe(pairs.length);
    }
  });

  it("HKEYS, HVALS and HGETALL tell a hash in one order", () => {
    const driver = new Driver();
    driver.run("HSET", "h", ...Array.from({ length: 200 }, (_, at) => [`f${at}`, `v${at}`]).flat());
    const all = driver.run("HGETALL", "h");
    if (all.kind !== "map") throw new Error("not a map");
    expect(driver.run("HKEYS", "h")).toEqual({ kind: "array", items: all.entries.map(([field]) => field) });
    expect(driver.run("HVALS", "h")).toEqual({ kind: "array", items: all.entries.map(([, value]) => value) });
  });
});
