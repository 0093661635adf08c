// Programs and libraries that nobody here wrote, against the door as they are.
import { execFile, spawn, spawnSync } from "node:child_process";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, it } from "vitest";
import { createAccess } from "../../../src/access/replicated-access.ts";
import { openDesk, whenDone } from "./desk.ts";
import { encode } from "./door-client.ts";

const hasRedisCli = spawnSync("redis-cli", ["--version"]).status === 0;
const hasRedisBenchmark = spawnSync("redis-benchmark", ["--version"]).status === 0;
if (!hasRedisCli) console.warn("redis-cli is not installed: the door is not tried with it");
if (!hasRedisBenchmark) console.warn("redis-benchmark is not installed: the door is not tried with it");

/** Runs a program to its end; answers what it printed. */
function run(program: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: 60_000, maxBuffer: 1e8 }, (failure, stdout, stderr) => {
      if (failure === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${failure.message}\n${stdout}\n${stderr}`));
    });
    child.stdin!.end(input, "latin1");
  });
}

describe.skipIf(!hasRedisCli)("redis-cli", () => {
  it("runs commands from arguments and from a file, in RESP2 and RESP3", async () => {
    const { port } = await openDesk();
    const cli = (args: readonly string[], input?: string) => run("redis-cli", ["-p", String(port), ...args], input);
    expect(await cli(["SET", "greeting", "hello"])).toBe("OK\n");
    expect(await cli(["--no-raw", "HSET", "h", "f", "1"])).toBe("(integer) 1\n");
    expect(await cli(["-3", "--no-raw", "HGETALL", "h"])).toBe('1# "f" => "1"\n');
    const lines = ["MULTI", "INCR n", "GET greeting", "EXEC", "OBJECT ENCODING greeting", "NONSENSE"];
    expect(await cli([], lines.join("\n"))).toMatch(/^OK\nQUEUED\nQUEUED\n1\nhello\n\w+\nERR unknown command/);
    expect(await cli(["--no-raw", "-n", "0", "GET", "greeting"])).toBe('"hello"\n');
    expect(await cli(["SELECT", "3"])).toBe("ERR DB index is out of range\n\n");
  });

  it("finds its help in what the door tells of its commands", async () => {
    const { port } = await openDesk();
    const cli = (...args: string[]) => run("redis-cli", ["-p", String(port), ...args]);
    // It prints in colours: what is between them is what counts.
    expect(await cli("HELP", "LOCK.TRY")).toMatch(/LOCK\.TRY\S* \S*key owner milliseconds/);
    expect(await cli("HELP", "SET")).toMatch(/key value \[NX\|XX\] \[GET\]/);
  });

  it("scans, weighs keys and takes masses of commands at once", async () => {
    const { port } = await openDesk();
    const cli = (args: readonly string[], input?: string) => run("redis-cli", ["-p", String(port), ...args], input);
    const stream = Array.from({ length: 3000 }, (_, at) => encode(["SET", `key:${at}`, `v${at}`])).join("");
    expect(await cli(["--pipe"], stream)).toMatch(/errors: 0, replies: 3000/);
    expect((await cli(["--scan", "--pattern", "key:1*"])).trim().split("\n").length).toBe(1111);
    await cli(["RPUSH", "list", "a", "b", "c"]);
    expect(await cli(["--bigkeys"])).toMatch(/Biggest\s+list found .*list.* has 3 items/);
    expect(await cli(["--memkeys"])).toMatch(/Biggest string found/);
  });

  it("signs in with a user's password", async () => {
    const { port } = await openDesk({ makeAccess: createAccess });
    const cli = (...args: string[]) => run("redis-cli", ["-p", String(port), ...args]);
    await cli("USER.SET", "ann", "PASSWORD", "ann-secret", "ALLOW", "all");
    expect(await cli("--user", "ann", "-a", "ann-secret", "--no-auth-warning", "SET", "a", "1")).toBe("OK\n");
    expect(await cli("GET", "a")).toBe("NOAUTH Authentication required.\n\n");
  });
});

const BENCHMARKS =
  "PING_INLINE PING_MBULK SET GET INCR LPUSH RPUSH LPOP RPOP SADD HSET SPOP ZADD ZPOPMIN LRANGE_100 LRANGE_600 MSET".split(
    " ",
  );

describe.skipIf(!hasRedisBenchmark)("redis-benchmark", () => {
  it("runs every test whose commands there are, alone and pipelined", async () => {
    const { port } = await openDesk();
    const tests = "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset";
    for (const pipeline of ["1", "16"]) {
      const told = await run("redis-benchmark", [
        "-p",
        String(port),
        "-q",
        "-n",
        "400",
        "-c",
        "10",
        "-P",
        pipeline,
        "-t",
        tests,
      ]);
      const lines = told.split(/[\r\n]+/);
      for (const test of BENCHMARKS) {
        const pattern = new RegExp(`^${test}.*: \\S+ requests per second`);
        expect(
          lines.some((line) => pattern.test(line.trim())),
          test,
        ).toBe(true);
      }
      expect(told).not.toMatch(/ERR|Error/);
    }
  });

  it("can be killed at any time without a trace", async () => {
    const { port, door, replica } = await openDesk();
    const child = spawn("redis-benchmark", ["-p", String(port), "-q", "-l", "-c", "20", "-P", "64", "-t", "set"], {
      stdio: "ignore",
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGKILL");
    while (door.connections > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(replica.appliedIndex).toBeGreaterThan(0);
  });
});

describe("ioredis", () => {
  const connect = (port: number) => {
    const redis = new Redis({ port, host: "127.0.0.1", connectionName: "ours" });
    whenDone(() => redis.disconnect());
    return redis;
  };

  it("does pipelines, transactions, WATCH and scans", async () => {
    const { port } = await openDesk();
    const redis = connect(port);
    expect(await redis.set("a", "1")).toBe("OK");
    const replies = await redis
      .pipeline()
      .incr("a")
      .get("a")
      .hset("h", { f: "1", g: "2" })
      .hgetall("h")
      .lpop("a")
      .exec();
    expect(replies!.slice(0, 4)).toEqual([
      [null, 2],
      [null, "2"],
      [null, 2],
      [null, { f: "1", g: "2" }],
    ]);
    expect(replies![4]![0]!.message).toMatch(/^WRONGTYPE/);
    expect(await redis.multi().incr("a").ping().get("a").exec()).toEqual([
      [null, 3],
      [null, "PONG"],
      [null, "3"],
    ]);
    const other = connect(port);
    await redis.watch("a");
    await other.set("a", "9");
    expect(await redis.multi().incr("a").exec()).toBeNull();
    await redis.mset(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, String(at)])));
    const found: string[] = [];
    for await (const keys of redis.scanStream({ match: "k*", count: 50 })) found.push(...(keys as string[]));
    expect(new Set(found).size).toBe(500);
    expect(await redis.getBuffer("a")).toEqual(Buffer.from("9"));
    expect(await redis.client("GETNAME")).toBe("ours");
  });

  it("queues what is asked before it is connected and pipelines by itself", async () => {
    const { port } = await openDesk();
    const redis = new Redis({ port, host: "127.0.0.1", enableAutoPipelining: true });
    whenDone(() => redis.disconnect());
    const all = await Promise.all(Array.from({ length: 2000 }, () => redis.incr("n")));
    expect(all.at(-1)).toBe(2000);
  });

  it("reconnects and goes on when the door was closed and opened again", async () => {
    const first = await openDesk();
    const redis = new Redis({ port: first.port, host: "127.0.0.1", retryStrategy: () => 20 });
    whenDone(() => redis.disconnect());
    await redis.set("a", "1");
    await first.door.close();
    const second = await openDesk({ listen: { host: "127.0.0.1", port: first.port } });
    expect(await redis.set("a", "2")).toBe("OK");
    expect(second.door.connections).toBe(1);
  });
});

describe("node-redis", () => {
  for (const RESP of [2, 3] as const) {
    it(`does pipelines, transactions, WATCH and scans in RESP${RESP}`, async () => {
      const { port } = await openDesk();
      const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP, name: "ours" });
      whenDone(() => client.destroy());
      await client.connect();
      expect(await Promise.all([client.set("a", "1"), client.incr("a"), client.get("a")])).toEqual(["OK", 2, "2"]);
      await client.hSet("h", { f: "1", g: "2" });
      expect({ ...(await client.hGetAll("h")) }).toEqual({ f: "1", g: "2" });
      expect(await client.multi().incr("a").get("a").exec()).toEqual([3, "3"]);
      await client.zAdd("z", [
        { score: 1.5, value: "x" },
        { score: 2, value: "y" },
      ]);
      expect(await client.zRangeWithScores("z", 0, -1)).toEqual([
        { score: 1.5, value: "x" },
        { score: 2, value: "y" },
      ]);
      const other = client.duplicate();
      whenDone(() => other.destroy());
      await other.connect();
      await client.watch("a");
      await other.set("a", "9");
      await expect(client.multi().incr("a").exec()).rejects.toThrow(/watched/i);
      await client.mSet(Array.from({ length: 300 }, (_, at): [string, string] => [`k${at}`, String(at)]));
      const found = new Set<string>();
      for await (const keys of client.scanIterator({ MATCH: "k*", COUNT: 50 })) for (const key of keys) found.add(key);
      expect(found.size).toBe(300);
      expect(await client.clientGetName()).toBe("ours");
      expect(await client.commandCount()).toBeGreaterThan(150);
      expect(await client.commandGetKeys(["MSET", "a", "1", "b", "2"])).toEqual(["a", "b"]);
    });
  }
});
