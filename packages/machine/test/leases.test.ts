// Leases: one holder at a time, in fair order, by log time; and no write of a holder whose lease has ended gets in.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Reply } from "../src/index.ts";
import { printReply } from "../src/reply/print-reply.ts";
import { Driver } from "./drive.ts";

const integerOf = (reply: Reply): number | undefined => (reply.kind === "integer" ? Number(reply.value) : undefined);

describe("a lock", () => {
  it("is handed over in order when a lease ends, whether or not anybody writes", () => {
    const driver = new Driver({ time: 1000 });
    expect(driver.cli("LOCK.WAIT door alice 100 5000")).toBe("1) (integer) 1\n2) (integer) 0");
    driver.cli("LOCK.WAIT door bob 200 5000");
    driver.cli("LOCK.WAIT door carol 300 5000");
    expect(driver.nextDeadline).toBe(1100);
    driver.time = 1100;
    driver.commit([]);
    expect(driver.cli("LOCK.HOLDER door")).toContain('"bob"');
    expect(driver.nextDeadline).toBe(1300);
    driver.time = 1300;
    driver.commit([]);
    expect(driver.cli("LOCK.HOLDER door")).toContain('"carol"');
    driver.time = 1600;
    driver.commit([]);
    expect(driver.cli("LOCK.HOLDER door")).toBe("(nil)");
    expect(driver.cli("EXISTS door")).toBe("(integer) 0");
    expect(driver.nextDeadline).toBeUndefined();
  });

  it("passes over who has stopped waiting", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("LOCK.TRY door alice 1000");
    driver.cli("LOCK.WAIT door bob 1000 100");
    driver.cli("LOCK.WAIT door carol 1000 5000");
    driver.time = 1100;
    driver.cli("LOCK.RELEASE door 1");
    expect(driver.cli("LOCK.HOLDER door")).toContain('"carol"');
  });

  it("is not overtaken: TRY fails while somebody waits", () => {
    const driver = new Driver();
    driver.cli("LOCK.TRY door alice 1000");
    driver.cli("LOCK.WAIT door bob 1000 5000");
    driver.cli("LOCK.RELEASE door 1");
    expect(driver.cli("LOCK.TRY door carol 1000")).toBe("(nil)");
    expect(driver.cli("LOCK.TRY door bob 1000")).toBe("(integer) 2");
  });

  it("starts a lease at its block's timestamp, so that after idleness none is born ended", () => {
    const driver = new Driver({ time: 1000 });
    driver.commit([["LOCK.TRY", "door", "alice", "500"]], 90_000);
    expect(driver.nextDeadline).toBe(90_500);
    driver.time = 90_400;
    expect(driver.cli("FENCE door 1 SET a 1")).toBe("OK");
  });

  it("is handed over for a whole lease, also when log time has lagged behind the block that released it", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("LOCK.TRY door alice 1000000");
    driver.cli("LOCK.WAIT door bob 500 900000");
    driver.commit([["LOCK.RELEASE", "door", "1"]], 90_000);
    expect(driver.nextDeadline).toBe(90_500);
    driver.time = 90_400;
    expect(driver.cli("FENCE door 2 SET a 1")).toBe("OK");
  });

  it("gives higher tokens after a deletion and a flush", () => {
    const driver = new Driver();
    expect(driver.cli("LOCK.TRY door alice 1000")).toBe("(integer) 1");
    driver.cli("DEL door");
    expect(driver.cli("LOCK.TRY door bob 1000")).toBe("(integer) 2");
    driver.cli("FLUSHALL");
    expect(driver.cli("LOCK.TRY door carol 1000")).toBe("(integer) 3");
    expect(driver.cli("FENCE door 2 SET a 1")).toMatch(/^\(error\) FENCED/);
    driver.time += 10_000;
    for (let commits = 0; commits < 4; commits++) driver.commit([]);
    expect(driver.entries().filter(([key]) => key.startsWith("x"))).toEqual([]);
  });

  it("cannot be copied or renamed, and is no string", () => {
    const driver = new Driver();
    driver.cli("LOCK.TRY door alice 1000");
    for (const line of ["COPY door other", "RENAME door other", "GET door", "LOCK.TRY text bob 1000"]) {
      if (line.includes("text")) driver.cli("SET text x");
      expect(driver.cli(line)).toMatch(/^\(error\) WRONGTYPE/);
    }
    expect(driver.cli("TYPE door")).toBe("lock");
  });

  it("sends a reader back who asks after a lease that is past by its clock only", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("LOCK.TRY door alice 500");
    expect(driver.query(["LOCK.HOLDER", "door"], 1500)).toEqual({ deadline: 1500 });
  });

  it.each([
    ["LOCK.HOLDER", ["LOCK.TRY", "door", "alice", "150"]],
    ["SEMAPHORE.HOLDERS", ["SEMAPHORE.TRY", "door", "1", "alice", "150"]],
    ["ELECTION.WINNER", ["ELECTION.STAND", "door", "alice", "150"]],
  ])("answers %s by log time when it runs in the log, however far ahead its block's timestamp is", (name, take) => {
    const driver = new Driver({ time: 1000 });
    driver.run(...take);
    const ask = [name, "door"];
    const [alone, fenced, within] = driver
      .commit([ask, ["FENCE", "door", "1", ...ask], ["TXN.EXEC", "0", "2", ...ask]], 90_000)
      .map(printReply);
    expect(alone).toContain('"alice"');
    expect(alone).toContain("(integer) 1\n");
    expect(fenced).toBe(alone);
    expect(within).toContain('"alice"');
    driver.time = 1150;
    expect(driver.cli(ask.join(" "))).toBe("(nil)");
  });

  it("works as people know it from Redis: SET NX PX, then compare and delete", () => {
    const driver = new Driver({ time: 1000 });
    expect(driver.cli("SET door t1 NX PX 500")).toBe("OK");
    expect(driver.cli("SET door t2 NX PX 500")).toBe("(nil)");
    expect(driver.cli("TXN IF VALUE door = t2 THEN 2 DEL door")).toContain("1) (integer) 0");
    driver.time = 1500;
    expect(driver.cli("SET door t2 NX PX 500")).toBe("OK");
    expect(driver.cli("TXN IF VALUE door = t1 THEN 2 DEL door")).toContain("1) (integer) 0");
    expect(driver.cli("TXN IF VALUE door = t2 THEN 2 DEL door")).toContain("1) (integer) 1");
  });
});

describe("a semaphore", () => {
  it("hands its permits over in order, as leases end and are released, and to nobody who has left or given up", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("SEMAPHORE.TRY desks 2 alice 100");
    driver.cli("SEMAPHORE.TRY desks 2 bob 9000");
    for (const [owner, wait] of [
      ["carol", 5000],
      ["dave", 50],
      ["eve", 5000],
      ["frank", 5000],
    ])
      driver.cli(`SEMAPHORE.WAIT desks 2 ${owner} 7000 ${wait}`);
    expect(driver.cli("SEMAPHORE.TRY desks 2 gina 100")).toBe("(nil)");
    expect(driver.cli("SEMAPHORE.LEAVE desks eve")).toBe("(integer) 1");
    driver.time = 1100;
    driver.commit([]);
    expect(driver.cli("SEMAPHORE.HOLDERS desks")).toContain('"carol"');
    driver.cli("SEMAPHORE.RELEASE desks 2");
    const holders = driver.cli("SEMAPHORE.HOLDERS desks");
    expect(holders).toContain('"carol"');
    expect(holders).toContain('"frank"');
    expect(holders).toMatch(/2\) \(integer\) 0$/);
  });

  it("is asked for by one number of permits only", () => {
    const driver = new Driver();
    driver.cli("SEMAPHORE.TRY desks 2 alice 1000");
    expect(driver.cli("SEMAPHORE.WAIT desks 3 bob 1000 1000")).toMatch(/was made for 2 holders/);
    expect(driver.cli("SEMAPHORE.WAIT desks 0 bob 1000 1000")).toMatch(/from 1 to 1024 permits/);
    expect(driver.cli("LOCK.WAIT desks bob 1000 1000")).toMatch(/WRONGTYPE/);
  });
});

describe("fencing", () => {
  const owners = ["a", "b", "c", "d"];
  const step = fc.record({
    op: fc.constantFrom("try", "wait", "extend", "release", "leave", "write", "write", "write", "pass", "del"),
    owner: fc.constantFrom(...owners),
    ms: fc.integer({ min: 1, max: 60 }),
    skew: fc.integer({ min: -20, max: 60 }),
    together: fc.boolean(),
  });

  it.each([
    ["LOCK", 1],
    ["SEMAPHORE", 2],
  ] as const)(
    "never lets in a write whose %s lease had ended, nor more holders than there may be",
    (family, permits) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          const driver = new Driver({ time: 1000 });
          /** Every token that anybody was ever given; writers never learn that theirs has ended. */
          const tokens = new Map<string, number>();
          let highest = 0;
          let lastWriter = 0;
          for (const { op, owner, ms, skew, together } of steps) {
            if (!together) driver.time += ms;
            const token = String(tokens.get(owner) ?? 999_999);
            const prefix = `${family}.`;
            const words = {
              try:
                permits === 1
                  ? [`${prefix}TRY`, "door", owner, `${ms}`]
                  : [`${prefix}TRY`, "door", "2", owner, `${ms}`],
              wait:
                permits === 1
                  ? ["LOCK.WAIT", "door", owner, `${ms}`, `${ms * 3}`]
                  : ["SEMAPHORE.WAIT", "door", "2", owner, `${ms}`, `${ms * 3}`],
              extend: [`${prefix}EXTEND`, "door", token, `${ms}`],
              release: [`${prefix}RELEASE`, "door", token],
              leave: [`${prefix}LEAVE`, "door", owner],
              write: ["FENCE", "door", token, "SET", "room", token],
              pass: ["DBSIZE"],
              del: ms % 9 === 0 ? ["DEL", "door"] : ["DBSIZE"],
            }[op];
            const [reply] = driver.commit([words], driver.time + skew);
            const holders = driver.query([permits === 1 ? "LOCK.HOLDER" : "SEMAPHORE.HOLDERS", "door"], 0) as Reply;
            const held = holders.kind === "array" && holders.items[0]!.kind === "array" ? holders.items[0]!.items : [];
            const heldTokens = held.map((holder) => (holder.kind === "array" ? integerOf(holder.items[1]!)! : 0));
            expect(held.length).toBeLessThanOrEqual(permits);
            for (const [at, holder] of held.entries()) {
              if (holder.kind !== "array" || holder.items[0]!.kind !== "bulk") throw new Error("a holder has a name");
              const name = holder.items[0]!.value;
              const before = tokens.get(name);
              if (before !== heldTokens[at]) {
                expect(heldTokens[at]!).toBeGreaterThan(highest);
                tokens.set(name, heldTokens[at]!);
              }
            }
            highest = Math.max(highest, ...heldTokens);
            if (op !== "write") continue;
            const accepted = reply!.kind === "simple";
            expect(accepted).toBe(heldTokens.includes(Number(token)));
            if (!accepted) continue;
            if (permits === 1) expect(Number(token)).toBeGreaterThanOrEqual(lastWriter);
            lastWriter = Number(token);
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  it("guards any command, and undoes it alone when it refuses", () => {
    const driver = new Driver();
    driver.cli("LOCK.TRY door alice 1000");
    driver.cli("SET s x");
    expect(driver.cli("FENCE door 1 INCR s")).toMatch(/not an integer/);
    expect(driver.cli("FENCE door 1 NOSUCH")).toMatch(/unknown command/);
    expect(driver.cli("FENCE door 1 TXN THEN 2 INCR n")).toMatch(/cannot be run inside/);
    expect(driver.cli("FENCE nodoor 1 SET a 1")).toMatch(/FENCED/);
    expect(driver.cli("FENCE s 1 SET a 1")).toMatch(/FENCED/);
    expect(driver.cli("EXISTS a n")).toBe("(integer) 0");
  });
});

describe("an election", () => {
  it("has one winner, and the next in line when that one goes or falls silent", () => {
    const driver = new Driver({ time: 1000 });
    driver.cli("ELECTION.STAND mayor alice 100");
    driver.cli("ELECTION.STAND mayor bob 100");
    driver.cli("ELECTION.STAND mayor carol 100");
    expect(driver.cli("ELECTION.RESIGN mayor alice")).toBe("(integer) 1");
    expect(driver.cli("ELECTION.WINNER mayor")).toContain('"bob"');
    expect(driver.cli("ELECTION.KEEP mayor 2 500")).toBe("OK");
    driver.time = 1499;
    driver.commit([]);
    expect(driver.cli("ELECTION.WINNER mayor")).toContain('"bob"');
    driver.time = 1500;
    driver.commit([]);
    expect(driver.cli("ELECTION.WINNER mayor")).toContain('"carol"');
    expect(driver.cli("ELECTION.KEEP mayor 2 500")).toMatch(/FENCED/);
  });
});
