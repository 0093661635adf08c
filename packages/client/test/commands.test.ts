// The typed commands against the real machine: each method's words are a command that exists, and its reply reads as the
// type promises.
import { commandTable, FAMILIES } from "@quorate/machine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesCmd, type Client, check, cmd, connect, ReplyError } from "../src/index.ts";
import { READS } from "../src/read-commands.ts";
import { World } from "./world.ts";

let world: World;
let client: Client;
beforeEach(async () => {
  world = await World.start(1);
  client = connect(world.urls);
});
afterEach(() => world.stop());

describe("the built-in reads", () => {
  it("are those of the machine's table", () => {
    // Users are administered, and their reads are nobody else's; UNWATCH belongs to a connection.
    const own = [...commandTable(FAMILIES).values()].filter(
      ({ name, flags }) => flags.includes("readonly") && !flags.includes("connection") && !name.startsWith("USER."),
    );
    const names = own.map(({ name }) => name).filter((name) => name !== "UNWATCH");
    expect([...READS].toSorted()).toEqual(names.toSorted());
  });
});

describe("commands", () => {
  it("of keys", async () => {
    await client.mset({ a: 1, b: 2 });
    expect(await client.exists("a", "b", "c", "a")).toBe(3);
    expect(await client.type("a")).toBe("string");
    expect([await client.expire("a", 100), await client.expire("none", 100)]).toEqual([true, false]);
    expect(await client.ttl("a")).toBeGreaterThan(90);
    expect(await client.pexpire("a", 100_000)).toBe(true);
    expect(await client.pttl("a")).toBeGreaterThan(90_000);
    expect(await client.persist("a")).toBe(true);
    expect(await client.ttl("a")).toBe(-1);
    expect(await client.expireAt("a", new Date(Date.now() + 50_000))).toBe(true);
    await client.rename("a", "z");
    expect(await client.renamenx("z", "b")).toBe(false);
    expect([await client.copy("z", "b"), await client.copy("z", "b", { replace: true })]).toEqual([false, true]);
    expect((await client.keys("*")).toSorted()).toEqual(["b", "z"]);
    const page = await client.scan("0", { match: "b*", count: 100, type: "string" });
    expect(page).toEqual({ cursor: "0", keys: ["b"] });
    expect(["b", "z"]).toContain(await client.randomkey());
    expect(await client.dbsize()).toBe(2);
    expect(await client.del("b", "none")).toBe(1);
    await client.flushall();
    expect([await client.dbsize(), await client.randomkey()]).toEqual([0, null]);
  });

  it("of strings", async () => {
    expect(await client.set("a", "1", { ifExists: true })).toBe(false);
    expect(await client.set("a", "1", { ifMissing: true, ttlMs: 60_000 })).toBe(true);
    expect(await client.set("a", "2", { keepTtl: true })).toBe(true);
    expect(await client.ttl("a")).toBeGreaterThan(50);
    expect(await client.getset("a", "3")).toBe("2");
    expect(await client.getex("a", { ttlMs: 5000 })).toBe("3");
    expect(await client.getex("a", { persist: true })).toBe("3");
    expect(await client.set("a", "3", { expireAt: new Date(Date.now() + 60_000) })).toBe(true);
    expect([await client.incr("a"), await client.decr("a")]).toEqual([4, 3]);
    expect([await client.incrby("a", 10), await client.decrby("a", 3n), await client.incrbyfloat("a", 0.5)]).toEqual([
      13, 10, 10.5,
    ]);
    expect(await client.getdel("a")).toBe("10.5");
    expect(await client.mget("a", "b")).toEqual([null, null]);
    expect([await client.msetnx([["a", "x"]]), await client.msetnx(new Map([["a", "y"]]))]).toEqual([true, false]);
    expect(await client.append("a", "yz")).toBe(3);
    expect(await client.getrange("a", 1, -1)).toBe("yz");
    expect(await client.setrange("a", 1, "-")).toBe(3);
    expect(await client.strlen("a")).toBe(3);
  });

  it("of hashes", async () => {
    expect(await client.hset("h", { name: "Ada", age: 36 })).toBe(2);
    expect(await client.hget("h", "name")).toBe("Ada");
    expect([await client.hsetnx("h", "name", "Bob"), await client.hexists("h", "age")]).toEqual([false, true]);
    expect(await client.hgetall("h")).toEqual({ name: "Ada", age: "36" });
    expect(await client.hgetall("none")).toEqual({});
    expect(await client.hmget("h", "age", "none")).toEqual(["36", null]);
    expect([await client.hkeys("h"), await client.hvals("h"), await client.hlen("h")]).toEqual([
      ["name", "age"],
      expect.arrayContaining(["Ada", "36"]),
      2,
    ]);
    expect([await client.hincrby("h", "age", 1), await client.hincrbyfloat("h", "age", 0.5)]).toEqual([37, 37.5]);
    expect(await client.hscan("h", "0", { match: "n*" })).toEqual({ cursor: "0", fields: { name: "Ada" } });
    expect(await client.hdel("h", "name", "none")).toBe(1);
    await client.hset("h", [["__proto__", "x"]]);
    expect(Object.entries(await client.hgetall("h"))).toContainEqual(["__proto__", "x"]);
  });

  it("of lists", async () => {
    expect(await client.rpush("l", "a", "b", "c")).toBe(3);
    expect(await client.lpush("l", "z")).toBe(4);
    expect([await client.lrange("l", 0, -1), await client.llen("l")]).toEqual([["z", "a", "b", "c"], 4]);
    expect([await client.lindex("l", 1), await client.lindex("l", 9), await client.lpos("l", "c")]).toEqual([
      "a",
      null,
      3,
    ]);
    await client.lset("l", 0, "y");
    expect(await client.linsert("l", "BEFORE", "a", "x")).toBe(5);
    expect(await client.lrem("l", 0, "b")).toBe(1);
    await client.ltrim("l", 0, 2);
    expect(await client.lmove("l", "m", "LEFT", "RIGHT")).toBe("y");
    expect([await client.lpop("l"), await client.rpop("l"), await client.rpop("l")]).toEqual(["x", "a", null]);
    await client.rpush("l", 1, 2, 3, 4);
    expect([await client.lpopMany("l", 2), await client.rpopMany("l", 9), await client.lpopMany("l", 1)]).toEqual([
      ["1", "2"],
      ["4", "3"],
      [],
    ]);
  });

  it("of sets", async () => {
    expect(await client.sadd("s", "a", "b", "c")).toBe(3);
    await client.sadd("t", "b", "c", "d");
    expect((await client.smembers("s")).toSorted()).toEqual(["a", "b", "c"]);
    expect([await client.sismember("s", "a"), await client.smismember("s", "a", "d")]).toEqual([true, [true, false]]);
    expect([(await client.sinter("s", "t")).toSorted(), await client.sdiff("s", "t")]).toEqual([["b", "c"], ["a"]]);
    expect((await client.sunion("s", "t")).length).toBe(4);
    expect([await client.smove("s", "t", "a"), await client.scard("t"), await client.srem("t", "a", "x")]).toEqual([
      true,
      4,
      1,
    ]);
    expect(["b", "c"]).toContain(await client.srandmember("s"));
    expect(["b", "c"]).toContain(await client.spop("s"));
    expect(await client.spop("none")).toBeNull();
  });

  it("of sorted sets", async () => {
    expect(await client.zadd("z", { ada: 10, bob: 7.5 })).toBe(2);
    expect(await client.zadd("z", [["ada", 9]], { only: "greater", countChanged: true })).toBe(0);
    expect(await client.zadd("z", { max: Number.POSITIVE_INFINITY }, { ifMissing: true })).toBe(1);
    expect([await client.zscore("z", "max"), await client.zmscore("z", "bob", "none")]).toEqual([
      Number.POSITIVE_INFINITY,
      [7.5, null],
    ]);
    expect(await client.zincrby("z", 1, "bob")).toBe(8.5);
    expect([
      await client.zrank("z", "ada"),
      await client.zrevrank("z", "ada"),
      await client.zrank("z", "none"),
    ]).toEqual([1, 1, null]);
    expect(await client.zrange("z", 0, -1, { reverse: true })).toEqual(["max", "ada", "bob"]);
    const limit = { offset: 0, count: 1 };
    expect(await client.zrangeWithScores("z", "(8.5", Number.POSITIVE_INFINITY, { by: "score", limit })).toEqual([
      { member: "ada", score: 10 },
    ]);
    expect([await client.zcard("z"), await client.zcount("z", Number.NEGATIVE_INFINITY, 10)]).toEqual([3, 2]);
    expect(await client.zpopmin("z")).toEqual([{ member: "bob", score: 8.5 }]);
    expect(await client.zpopmax("z", 5)).toHaveLength(2);
    await client.zadd("z", { a: 1, b: 2, c: 3 });
    expect([await client.zremrangebyrank("z", 0, 0), await client.zremrangebyscore("z", 3, 9)]).toEqual([1, 1]);
    expect(await client.zrem("z", "b")).toBe(1);
  });

  it("by their words, as whatever they answer", async () => {
    expect(await client.command("SET", "a", 1)).toBe("OK");
    expect(await client.command("get", "a")).toBe("1");
    expect(await client.query("MGET", "a", "b")).toEqual(["1", null]);
    await client.command("HSET", "h", "f", Uint8Array.of(0xff));
    expect(await client.command("HGETALL", "h")).toEqual(new Map([["f", Uint8Array.of(0xff)]]));
    await client.set("big", "9007199254740993");
    expect(await client.command("INCRBY", "big", 1)).toBe(9007199254740994n);
    await expect(client.incr("big")).rejects.toThrow(ReplyError);
    expect(await client.get("big")).toBe("9007199254740995");
    const [, refusal] = (await client.command("TXN.EXEC", 0, 2, "GET", "a", 2, "LPOP", "a")) as unknown[];
    expect(refusal).toBeInstanceOf(Error);
    await expect(client.command("")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("carry any bytes, and never bend what is no text", async () => {
    const bytes = Uint8Array.of(0, 0xff, 0x80, 10, 13);
    await client.bytes.set(bytes, bytes);
    expect(await client.bytes.get(bytes)).toEqual(bytes);
    await expect(client.get(bytes)).rejects.toThrow(/client\.bytes/);
    expect(await client.bytes.get("none")).toBeNull();
    const text = "\uFEFFnaïve 文字 🙂\0";
    await client.set("t", text);
    expect(await client.get("t")).toBe(text);
    expect(await client.bytes.get("t")).toEqual(new TextEncoder().encode(text));
    expect(await client.pipeline([bytesCmd.get("t"), cmd.get("t")])).toEqual([new TextEncoder().encode(text), text]);
    expect(await client.bytes.command("HGETALL", "none")).toEqual(new Map());
  });
});

describe("transactions and updates", () => {
  it("do one thing or the other, all or nothing", async () => {
    await client.mset({ from: 10, to: 0 });
    const move = {
      if: [check.value("from", "=", 10), check.exists("to"), check.missing("log")],
      do: [cmd.decrby("from", 4), cmd.incrby("to", 4)],
      else: [cmd.get("from")],
    } as const;
    expect(await client.transaction(move)).toEqual({ held: true, replies: [6, 4] });
    const again = await client.transaction(move);
    expect(again).toEqual({ held: false, replies: ["6"] });
    const refused = client.transaction({ do: [cmd.incr("n"), cmd.lpush("from", "x")] });
    await expect(refused).rejects.toMatchObject({ code: "ABORTED" });
    expect(await client.get("n")).toBeNull();
    const lease = await client.lock("door");
    const guarded = await client.transaction({ if: [check.fence("door", lease.token)], do: [cmd.incr("n")] });
    expect(guarded.held).toBe(true);
    const since = check.revision("n", "=", await client.revision("n"));
    expect((await client.transaction({ if: [since], do: [cmd.incr("n")] })).held).toBe(true);
    const stale = await client.transaction({ if: [check.fence("door", 99), since] });
    expect(stale).toEqual({ held: false, replies: [] });
  });

  it("lose nobody's change: a read that has become old is made again", async () => {
    const others = Array.from({ length: 8 }, () => connect(world.urls));
    let decided = 0;
    const add = (one: Client) =>
      one.update(["n", "log"], async (view) => {
        decided++;
        const n = Number((await view.get("n")) ?? 0);
        return [cmd.set("n", n + 1), cmd.rpush("log", n)] as const;
      });
    await Promise.all(others.flatMap((one) => [add(one), add(one)]));
    expect(await client.get("n")).toBe("16");
    expect(await client.lrange("log", 0, -1)).toEqual(Array.from({ length: 16 }, (_, at) => String(at)));
    expect(decided).toBeGreaterThan(16);
    expect(await client.update(["n"], () => undefined)).toBeUndefined();
    const conflicting = client.with({ timeoutMs: 100 }).update(["n"], async () => {
      await client.incr("n");
      return [cmd.set("n", 0)];
    });
    await expect(conflicting).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

describe("connecting", () => {
  it("refuses what is no URL, and says who it is", async () => {
    expect(() => connect([])).toThrow(/at least one/);
    expect(() => connect("redis://127.0.0.1")).toThrow(/is not the URL of a replica/);
    const [replica] = world.replicas;
    await connect(world.urls, { token: "secret" }).get("a");
    expect(replica!.headers.authorization).toBe("Bearer secret");
    await connect(replica!.url.replace("//", "//ann:p%40ss@")).get("a");
    expect(replica!.headers.authorization).toBe(`Basic ${btoa("ann:p@ss")}`);
    expect((await client.status()).cluster.fault.byzantine).toBe(0);
  });

  it("sends nothing before the first command, and tells what it does behind the scenes", async () => {
    const events: string[] = [];
    const second = await World.start(2);
    try {
      const logged = connect(second.urls, { log: ({ kind }) => events.push(kind) });
      expect(second.replicas.map(({ asked }) => asked)).toEqual([0, 0]);
      await second.replicas[0]!.stop();
      await logged.set("a", 1);
      await second.replicas[1]!.stop();
      await second.replicas[0]!.start();
      await logged.set("a", 2);
      expect(events).toContain("session-opened");
      expect(events).toContain("replica-failed");
    } finally {
      await second.stop();
    }
  });
});
