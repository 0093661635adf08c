// Transactions: a branch happens as a whole or not at all, and a watched key that changed in any way stops an EXEC.
import { describe, expect, it } from "vitest";
import { Driver } from "./drive.ts";

const watch = (driver: Driver): string => String(/2\) \(integer\) (\d+)/.exec(driver.cli("CHANGES.RANGE"))![1]);

describe("TXN", () => {
  it("undoes the whole branch when one command refuses, and says which", () => {
    const driver = new Driver();
    driver.commit([
      ["SET", "s", "x"],
      ["RPUSH", "l", "a"],
    ]);
    const before = driver.cli("CHANGES.RANGE");
    expect(driver.cli("TXN THEN 3 SET new 1 3 RPUSH l b 2 INCR s")).toMatch(/^\(error\) ABORTED 'incr'/);
    expect(driver.cli("EXISTS new")).toBe("(integer) 0");
    expect(driver.cli("LLEN l")).toBe("(integer) 1");
    expect(driver.cli("CHANGES.RANGE")).toBe(before);
  });

  it.each([
    ["VALUE a = 1", 1],
    ["VALUE a != 1", 0],
    ["VALUE a < 2", 1],
    ["VALUE a > 2", 0],
    ["VALUE missing = 1", 0],
    ["VALUE missing != 1", 1],
    ["VALUE missing < 1", 0],
    ["EXISTS a", 1],
    ["MISSING a", 0],
    ["MISSING missing", 1],
    ["REVISION missing = 0", 1],
    ["REVISION a = 1", 1],
    ["REVISION a > 1", 0],
    ["EXISTS a EXISTS missing", 0],
    ["EXISTS a VALUE a = 1 MISSING missing", 1],
  ])("takes the right branch if %s", (condition, branch) => {
    const driver = new Driver();
    driver.run("SET", "a", "1");
    const words = `TXN IF ${condition} THEN 3 SET taken then ELSE 3 SET taken else`;
    expect(driver.cli(words)).toBe(`1) (integer) ${branch}\n2) 1) OK`);
    expect(driver.cli("GET taken")).toBe(branch === 1 ? '"then"' : '"else"');
  });

  it("compares with a fencing token that the store checks", () => {
    const driver = new Driver();
    driver.run("LOCK.TRY", "door", "alice", "1000");
    expect(driver.cli("TXN IF FENCE door 1 THEN 3 SET a 1")).toContain("1) (integer) 1");
    driver.time += 1000;
    expect(driver.cli("TXN IF FENCE door 1 THEN 3 SET a 2")).toContain("1) (integer) 0");
    expect(driver.cli("GET a")).toBe('"1"');
  });

  it.each([
    "TXN",
    "TXN IF",
    "TXN IF VALUE a = 1 THEN 9 SET a 1",
    "TXN IF NOSUCH a THEN 2 GET a",
    "TXN THEN x GET a",
    "TXN THEN 2 GET a ELSE 2 GET a ELSE 2 GET a",
    "TXN THEN 2 NOSUCH a",
    "TXN THEN 1 GET",
    "TXN THEN 3 TXN THEN 1",
    "TXN IF VALUE a ~ 1 THEN 2 GET a",
  ])("refuses %s and does nothing", (line) => {
    expect(new Driver().cli(line)).toMatch(/^\(error\) ERR/);
  });
});

describe("what finds keys and commands in a transaction", () => {
  /** Words that count how many of them are copied, also out of copies. */
  class CountedWords extends Array<string> {
    static copied = 0;

    override slice(from?: number, to?: number): string[] {
      const copy = super.slice(from, to);
      CountedWords.copied += copy.length;
      return copy;
    }

    override *[Symbol.iterator](): ArrayIterator<string> {
      for (const each of super[Symbol.iterator]()) {
        CountedWords.copied++;
        yield each;
      }
    }
  }

  it.each([
    ["TXN", ["IF", ...Array<string>(4000).fill("MISSING")]],
    ["TXN", ["IF", ...Array<string[]>(1000).fill(["VALUE", "k", "=", "v"]).flat(), "THEN", "2", "GET", "k"]],
    ["TXN", ["THEN", ...Array<string[]>(1000).fill(["2", "GET", "k"]).flat()]],
    ["TXN.EXEC", ["1", "k", "0", ...Array<string[]>(1000).fill(["2", "GET", "k"]).flat()]],
  ])("reads each word of a %s a few times only", (name, rest) => {
    const { keys, within } = new Driver().machine.commands.get(name.toLowerCase())!;
    const words = CountedWords.from([name, ...rest]);
    CountedWords.copied = 0;
    if (typeof keys === "function") keys(words);
    within!(words.slice(1));
    expect(CountedWords.copied).toBeLessThan(6 * words.length);
  });
});

describe("TXN.EXEC", () => {
  it("answers for each command, and undoes only the one that is refused", () => {
    const driver = new Driver();
    driver.run("SET", "s", "x");
    const words = "TXN.EXEC 0 2 INCR n 2 INCR s 3 RPUSH l a 2 INCR n";
    expect(driver.cli(words)).toBe(
      "1) (integer) 1\n2) (error) ERR value is not an integer or out of range\n3) (integer) 1\n4) (integer) 2",
    );
  });

  const changes: readonly [what: string, before: readonly string[], changes: readonly string[], stops: boolean][] = [
    ["nothing happens", ["SET a 1"], ["SET b 1"], false],
    ["it is set", ["SET a 1"], ["SET a 1"], true],
    ["it is made", [], ["SET a 1"], true],
    ["it is deleted", ["SET a 1"], ["DEL a"], true],
    ["it is made and deleted again", [], ["SET a 1", "DEL a"], true],
    ["it is deleted and made again", ["SET a 1"], ["DEL a", "SET a 1"], true],
    ["it was deleted before", ["SET a 1", "DEL a"], ["SET b 1"], false],
    ["it is renamed away", ["SET a 1"], ["RENAME a c"], true],
    ["another key takes its name", ["SET a 1", "SET c 1"], ["RENAME c a"], true],
    ["its expiry changes", ["SET a 1"], ["EXPIRE a 100"], true],
    ["an element is added", ["SADD a x"], ["SADD a y"], true],
    ["an element is added again", ["SADD a x"], ["SADD a x"], false],
    ["it is only read", ["SET a 1"], ["GET a"], false],
    ["everything is flushed", ["SET a 1"], ["FLUSHALL"], true],
    ["everything is flushed after it was deleted and made again", ["SET a 1", "DEL a", "SET a 1"], ["FLUSHALL"], true],
  ];

  it.each(changes)("with a watched key, when %s", (_, before, then, stops) => {
    const driver = new Driver();
    for (const line of before) driver.cli(line);
    const revision = watch(driver);
    for (const line of then) driver.cli(line);
    expect(driver.cli(`TXN.EXEC 1 a ${revision} 3 SET done 1`)).toBe(stops ? "(nil)" : "1) OK");
  });

  it("stops when a watched key expires", () => {
    const driver = new Driver();
    driver.run("SET", "a", "1", "PX", "100");
    const revision = watch(driver);
    driver.time += 100;
    expect(driver.cli(`TXN.EXEC 1 a ${revision} 3 SET done 1`)).toBe("(nil)");
  });

  it("stops when the change log no longer tells whether an absent key was there between", () => {
    const driver = new Driver({ config: { logEntriesMax: 4 } });
    driver.run("SET", "b", "0");
    const revision = watch(driver);
    for (let n = 0; n < 20; n++) driver.run("SET", "b", `${n}`);
    expect(driver.cli(`TXN.EXEC 1 a ${revision} 3 SET done 1`)).toBe("(nil)");
    expect(driver.cli(`TXN.EXEC 1 a ${watch(driver)} 3 SET done 1`)).toBe("1) OK");
  });
});

describe("commands inside of each other", () => {
  const nested = (depth: number): string => `${"FENCE door 1 ".repeat(depth)}SET a 1`;

  it("run eight deep and no deeper, whatever a stack would hold", () => {
    const driver = new Driver();
    driver.cli("LOCK.TRY door me 100000");
    expect(driver.cli(nested(8))).toBe("OK");
    expect(driver.cli(nested(9))).toBe("(error) ERR commands are nested too deeply");
    expect(driver.cli(nested(10_000))).toBe("(error) ERR commands are nested too deeply");
    expect(driver.cli("INCR a")).toBe("(integer) 2");
  });
});
