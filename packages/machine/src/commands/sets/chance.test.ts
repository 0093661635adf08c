// What chance does cannot be compared with another server: here it is held against what must be true of any choice.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Driver } from "../../../test/drive.ts";
import type { Reply } from "../../index.ts";

const membersOf = (reply: Reply): string[] => {
  if (reply.kind !== "array" && reply.kind !== "set") throw new Error(`not members: ${JSON.stringify(reply)}`);
  return reply.items.map((item) => (item.kind === "bulk" ? item.value : ""));
};

const withSet = (size: number, options = {}): { driver: Driver; members: string[] } => {
  const driver = new Driver(options);
  const members = Array.from({ length: size }, (_, at) => `m${at}`);
  driver.run("SADD", "s", ...members);
  return { driver, members };
};

describe("members by chance", () => {
  it("SPOP takes distinct members, as many as asked, and leaves exactly the others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 320 }), (size, count) => {
        const { driver, members } = withSet(size);
        const popped = membersOf(driver.run("SPOP", "s", String(count)));
        expect(popped).toHaveLength(Math.min(size, count));
        const left = membersOf(driver.run("SMEMBERS", "s"));
        expect([...popped, ...left].toSorted()).toEqual(members.toSorted());
        expect(driver.run("EXISTS", "s")).toEqual({ kind: "integer", value: count >= size ? 0 : 1 });
      }),
      { numRuns: 60 },
    );
  });

  it("SRANDMEMBER with a positive count gives distinct members and changes nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 320 }), (size, count) => {
        const { driver, members } = withSet(size);
        const chosen = membersOf(driver.run("SRANDMEMBER", "s", String(count)));
        expect(new Set(chosen).size).toBe(Math.min(size, count));
        expect(members).toEqual(expect.arrayContaining(chosen));
        expect(driver.run("SCARD", "s")).toEqual({ kind: "integer", value: size });
      }),
      { numRuns: 60 },
    );
  });

  it("every member has its share, with and without repetition, and when popped", () => {
    const { driver, members } = withSet(5);
    const seen = new Map<string, Map<string, number>>();
    const note = (form: string, chosen: readonly string[]): void => {
      const counts = seen.get(form) ?? new Map<string, number>();
      seen.set(form, counts);
      for (const member of chosen) counts.set(member, (counts.get(member) ?? 0) + 1);
    };
    for (let round = 0; round < 1000; round++) {
      note("2 of 5", membersOf(driver.run("SRANDMEMBER", "s", "2")));
      note("2 with repetition", membersOf(driver.run("SRANDMEMBER", "s", "-2")));
      const popped = membersOf(driver.run("SPOP", "s", "2"));
      note("2 popped", popped);
      driver.run("SADD", "s", ...popped);
    }
    // 400 of 1000 each; six standard deviations are less than 100.
    for (const counts of seen.values()) {
      for (const member of members) expect(Math.abs((counts.get(member) ?? 0) - 400)).toBeLessThan(100);
    }
    expect(seen.size).toBe(3);
  });

  it("two machines that are fed the same log choose alike", () => {
    const [left, right] = [withSet(100).driver, withSet(100).driver];
    for (const words of [
      ["SRANDMEMBER", "s", "-7"],
      ["SPOP", "s", "9"],
      ["SPOP", "s"],
      ["SRANDMEMBER", "s"],
    ]) {
      expect(left.run(...words)).toEqual(right.run(...words));
    }
    expect(left.machine.digest).toBe(right.machine.digest);
  });

  it("a repetition that would not fit into a reply is refused before it is made", () => {
    const { driver } = withSet(3, { config: { replyBytesMax: 1000 } });
    const refusal = { kind: "error", text: "ERR the reply would exceed the maximum of 1000 bytes" };
    expect(membersOf(driver.run("SRANDMEMBER", "s", "-40"))).toHaveLength(40);
    expect(driver.run("SRANDMEMBER", "s", "-60")).toEqual(refusal);
    expect(driver.run("SRANDMEMBER", "s", "-9223372036854775807")).toEqual(refusal);
  });
});
