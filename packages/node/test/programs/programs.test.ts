// Programs that nobody here wrote, unmodified, against a cluster of real processes, with replicas killed (`kill -9`) and
// started again all the while. docs/programs.md tells what ran; its last test holds the page against what really did.
//
// The laws it holds them to: a program does not notice the death of a replica that it is not connected to; one whose own
// replica dies comes back by its own means; and no acknowledged write is lost, whoever is asked afterwards.
//
//   QUORATE_PROGRAM_ROUNDS=20 npx vitest run packages/node/test/programs     each replica killed twenty times under load
//   QUORATE_PROGRAM_BYZANTINE=1 npx vitest run packages/node/test/programs   where one of the five may lie

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import KeyvRedis from "@keyv/redis";
import keyvTestSuite, { keyvIteratorTests } from "@keyv/test-suite";
import { RedisStore } from "connect-redis";
import session, { Cookie, type SessionData } from "express-session";
import Keyv from "keyv";
import { createClient } from "redis";
import { createStorage } from "unstorage";
import redisDriver from "unstorage/drivers/redis";
import * as vitest from "vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DoorClient, encode } from "../doors/redis/door-client.ts";
import { Balancer } from "./balancer.ts";
import { ProgramCluster, pause } from "./cluster.ts";
import { Deaths } from "./deaths.ts";
import { LIBRARIES } from "./libraries.ts";
import { errorsOf, Load, type Tally } from "./load.ts";
import { begin, has, packageVersion, run, versionOf } from "./tools.ts";

const ROUNDS = Number(process.env["QUORATE_PROGRAM_ROUNDS"] ?? "1");
const BYZANTINE = Number(process.env["QUORATE_PROGRAM_BYZANTINE"] ?? "0");
/** Whose clients most programs here are, and the others. */
const HOME = 0;
const OTHERS = [1, 2, 3, 4];

let cluster: ProgramCluster;
/** What ran, by the name of the program. */
const ran = new Map<string, string>();

beforeAll(async () => {
  cluster = await ProgramCluster.start({ replicas: 5, byzantine: BYZANTINE });
});
afterAll(async () => {
  await cluster?.close();
});

/** Replicas other than the one that programs are connected to die in turn while the tests of a group run. */
function whileOthersDie(victims: readonly number[] = OTHERS): void {
  let deaths: Deaths;
  beforeAll(async () => {
    deaths = new Deaths(cluster, victims);
    await deaths.begin();
  });
  afterAll(() => deaths.end());
}

const urlOf = (index: number): string => `redis://127.0.0.1:${cluster.redisPort(index)}`;

/** Resolves when each of them has done some more. */
async function goOn(loads: readonly Load[]): Promise<void> {
  const before = loads.map(({ tally }) => tally.done);
  const behind = () => loads.filter(({ tally }, at) => tally.done < before[at]! + 6).map(({ program }) => program.name);
  await expect.poll(behind, { timeout: 60_000 }).toEqual([]);
}

describe("libraries under load", () => {
  it("see nothing of other replicas' deaths, come back after their own, and lose nothing", async () => {
    const loads = await Promise.all(LIBRARIES.map((program) => Load.open(program, cluster.redisPort(HOME))));
    for (const load of loads) load.begin();
    await new Deaths(cluster, OTHERS).run(ROUNDS);
    const others = loads.map((load) => load.cut());
    await new Deaths(cluster, [HOME]).run(2 * ROUNDS);
    await goOn(loads);
    await Promise.all(loads.map((load) => load.end()));
    const rows = [
      "| program | while others died | errors | while its own died twice | errors | lost | applied twice |",
    ];
    rows.push("|---|---|---|---|---|---|---|");
    for (const [at, load] of loads.entries()) {
      const { name } = load.program;
      const [other, own] = [others[at]!, load.cut()];
      const { lost, twice } = await load.check(cluster.redisPort(OTHERS[at % OTHERS.length]!));
      rows.push(`| ${[name, other.done, tell(other), own.done, tell(own), lost.length, twice].join(" | ")} |`);
      expect.soft([name, errorsOf(other), lost, load.wrong]).toEqual([name, 0, [], []]);
      // What failed may have been applied; what did not fail was applied once, by programs that do not send again.
      if (!load.program.resends) expect.soft([name, twice]).toEqual([name, 0]);
      expect.soft(other.done, name).toBeGreaterThan(10);
      ran.set(name.replace(/ .*/, ""), packageVersion(name.replace(/ .*/, "")));
    }
    console.info(`${rows.join("\n")}\n`);
  });
});

describe("libraries behind a balancer", () => {
  it("go on at another replica while theirs is dead, and lose nothing", async () => {
    const balancer = await Balancer.open(cluster);
    vitest.onTestFinished(() => balancer.close());
    const loads = await Promise.all(LIBRARIES.map((program) => Load.open(program, balancer.port, "balanced")));
    for (const load of loads) load.begin();
    await goOn(loads);
    // The balancer sent all of them to the first.
    await cluster.kill(HOME);
    await goOn(loads);
    await cluster.restart(HOME);
    await Promise.all(loads.map((load) => load.end()));
    for (const load of loads) {
      const { lost } = await load.check(cluster.redisPort(HOME));
      expect.soft([load.program.name, lost, load.wrong]).toEqual([load.program.name, [], []]);
    }
  });
});

const tell = ({ errors }: Tally): string => [...errors].map(([kind, count]) => `${count} ${kind}`).join("; ") || "none";

describe.skipIf(!has("redis-cli"))("redis-cli", () => {
  whileOthersDie();
  const cli = async (args: readonly string[], input?: string): Promise<string> => {
    const { stderr, stdout } = await run("redis-cli", ["-p", String(cluster.redisPort(HOME)), ...args], input);
    expect(stderr).toBe("");
    return stdout;
  };

  it("takes masses of commands at once, scans and weighs them", async () => {
    const stream = Array.from({ length: 5000 }, (_, at) => encode(["SET", `cli:${at}`, `v${at}`])).join("");
    expect(await cli(["--pipe"], stream)).toMatch(/errors: 0, replies: 5000/);
    const scanned = (await cli(["--scan", "--pattern", "cli:*"])).trim().split("\n");
    expect(new Set(scanned).size).toBe(5000);
    expect(scanned.length).toBe(5000);
    await cli(["RPUSH", "cli-list", "a", "b", "c"]);
    expect(await cli(["--bigkeys"])).toMatch(/Biggest\s+list found .*cli-list.* has 3 items/);
    ran.set("redis-cli", versionOf("redis-cli")!);
  });

  it("runs commands from arguments and from lines, in RESP2 and RESP3", async () => {
    expect(await cli(["-r", "5", "INCR", "cli-n"])).toBe("1\n2\n3\n4\n5\n");
    expect(await cli([], "MULTI\nINCR cli-n\nGET cli-n\nEXEC\nDEL cli-n\n")).toBe("OK\nQUEUED\nQUEUED\n6\n6\n1\n");
    expect(await cli(["-3", "--no-raw", "CONFIG", "GET", "databases"])).toBe('1# "databases" => "1"\n');
  });

  it("watches: --latency and --stat", async () => {
    const [min, max, average, samples] = (await cli(["--latency", "-i", "1"])).trim().split(" ").map(Number);
    expect(samples).toBeGreaterThan(0);
    expect(min).toBeLessThanOrEqual(average!);
    expect(average).toBeLessThanOrEqual(max!);
    const { child, ended } = begin("redis-cli", ["-p", String(cluster.redisPort(HOME)), "--stat", "-i", "0.02"]);
    let told = "";
    child.stdout!.on("data", (text: string) => (told += text));
    await expect.poll(() => told.match(/^\d+ +\S+ +\d+/gm)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(2);
    child.kill("SIGTERM");
    await expect(ended).rejects.toThrow(/SIGTERM/);
    expect(told).not.toMatch(/ERR|Could not/);
  });
});

describe.skipIf(!has("redis-cli"))("redis-cli whose own replica dies", () => {
  it("says so, comes back, and what it was told is true", async () => {
    const lines = Array.from({ length: 4000 }, () => "INCR cli-own").join("\n");
    const { child, ended } = begin("redis-cli", ["-p", String(cluster.redisPort(HOME))], `${lines}\n`);
    let told = "";
    child.stdout!.on("data", (text: string) => (told += text));
    await expect.poll(() => told.length, { timeout: 30_000 }).toBeGreaterThan(20);
    await new Deaths(cluster, [HOME]).run(1);
    child.kill("SIGTERM");
    await ended.catch(() => {});
    const numbers = told
      .split("\n")
      .filter((line) => /^\d+$/.test(line))
      .map(Number);
    const last = Math.max(...numbers);
    const client = await DoorClient.connect(cluster.redisPort(1));
    const [, sum] = /^"(\d+)"$/.exec(await client.run("GET", "cli-own")) ?? [];
    client.close();
    // Every answer is a step further, and none of them was taken back.
    expect(numbers).toEqual([...new Set(numbers)].sort((left, right) => left - right));
    expect(Number(sum)).toBeGreaterThanOrEqual(last);
  });
});

const BENCHMARKS = "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset";
const BENCHMARK_LINES =
  "PING_INLINE PING_MBULK SET GET INCR LPUSH RPUSH LPOP RPOP SADD HSET SPOP ZADD ZPOPMIN LRANGE_100 LRANGE_600 MSET".split(
    " ",
  );

describe.skipIf(!has("redis-benchmark"))("redis-benchmark", () => {
  const benchmark = (...args: readonly string[]) =>
    begin("redis-benchmark", ["-p", String(cluster.redisPort(HOME)), "-q", ...args]);

  describe("while others die", () => {
    whileOthersDie();

    it.each(["1", "16"])("runs every test whose commands there are, %s at once", async (pipeline) => {
      const { stderr, stdout } = await benchmark("-n", "200", "-c", "20", "-P", pipeline, "-t", BENCHMARKS).ended;
      expect(stderr).toBe("");
      const lines = stdout.split(/[\r\n]+/).map((line) => line.trim());
      for (const name of BENCHMARK_LINES)
        expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${name}.*: \\S+ requests per second`)));
      expect(stdout).not.toMatch(/error/i);
      ran.set("redis-benchmark", versionOf("redis-benchmark")!);
    });
  });

  it("ends when its replica dies, having no means to come back, and runs again when that is there again", async () => {
    const { ended } = benchmark("-l", "-c", "20", "-P", "16", "-t", "incr");
    const failed = expect(ended).rejects.toThrow(/Error: (Connection reset|Server closed|Connection refused)/);
    await pause(1500);
    await cluster.kill(HOME);
    await failed;
    await cluster.restart(HOME);
    const { stdout } = await benchmark("-n", "20", "-t", "set").ended;
    expect(stdout).toMatch(/SET: \S+ requests per second/);
  });
});

/** What a test of keyv's lets a value live, which it then asks for. */
const KEYV_TTL_MS = 1_000;
const KEYV_TRIES = 3;

/** As keyv's tests are given it: one that a busy machine kept from asking before the value expired has shown nothing yet. */
function unhurried(): typeof vitest {
  const it = (name: string, test: vitest.TestFunction) =>
    vitest.it(name, async (context) => {
      for (let tries = 1; ; tries++) {
        const from = performance.now();
        try {
          return await test(context);
        } catch (error) {
          const isInTime = performance.now() - from < KEYV_TTL_MS;
          if (isInTime || tries === KEYV_TRIES || !/\bttl\b/.test(name)) throw error;
        }
      }
    });
  return { ...vitest, it: it as typeof vitest.it };
}

describe("keyv's published test suite", () => {
  whileOthersDie();
  const stores: KeyvRedis<unknown>[] = [];
  const store = (): KeyvRedis<unknown> => {
    const made = new KeyvRedis(urlOf(HOME));
    stores.push(made);
    return made;
  };
  const errors: unknown[] = [];
  keyvTestSuite(unhurried(), Keyv, () => store().on("error", (error) => errors.push(error)));
  keyvIteratorTests(vitest, Keyv, store);

  afterAll(async () => {
    await Promise.all(stores.map((made) => made.disconnect()));
  });

  it("saw no error", () => {
    expect(errors).toEqual([]);
    ran.set("keyv", packageVersion("keyv"));
    ran.set("@keyv/test-suite", packageVersion("@keyv/test-suite"));
  });
});

describe("unstorage's Redis driver", () => {
  whileOthersDie();
  const open = (options: Parameters<typeof redisDriver>[0] = {}) => {
    const driver = redisDriver({ url: urlOf(HOME), base: "test:", ...options });
    const storage = createStorage({ driver });
    vitest.onTestFinished(async () => {
      await storage.clear();
      await storage.dispose();
    });
    return storage;
  };

  it("keeps what its contract says: items, raw items, many at once, keys under a base", async () => {
    const storage = open();
    expect(await storage.hasItem("s1:a")).toBe(false);
    await storage.setItem("s1:a", "test_data");
    await storage.setItem("s2:a", { json: [1, true, null] });
    await storage.setItem("s3:a?q=1", "with a question");
    expect(await storage.hasItem("s1:a")).toBe(true);
    expect(await storage.getItem("s1:a")).toBe("test_data");
    expect(await storage.getItem("s2:a")).toEqual({ json: [1, true, null] });
    expect(await storage.getItem("s3:a")).toBe("with a question");
    expect((await storage.getKeys()).sort()).toEqual(["s1:a", "s2:a", "s3:a"]);
    expect(await storage.getKeys("s1")).toEqual(["s1:a"]);
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await storage.setItemRaw("raw", bytes);
    expect(Buffer.from((await storage.getItemRaw("raw")) as Uint8Array).equals(Buffer.from(bytes))).toBe(true);
    await storage.setItems([
      { key: "t:1", value: "one" },
      { key: "t:2", value: "two" },
    ]);
    expect(await storage.getItems(["t:1", "t:2", "t:none"])).toEqual([
      { key: "t:1", value: "one" },
      { key: "t:2", value: "two" },
      { key: "t:none", value: null },
    ]);
    await storage.removeItem("s1:a");
    expect(await storage.hasItem("s1:a")).toBe(false);
    expect((await storage.getKeys()).length).toBe(5);
    await storage.clear();
    expect(await storage.getKeys()).toEqual([]);
    ran.set("unstorage", packageVersion("unstorage"));
  });

  it("lets items expire, and scans more than a page", async () => {
    const storage = open({ ttl: 3, scanCount: 7 });
    await storage.setItem("short", "lived");
    expect(await storage.getItem("short")).toBe("lived");
    await expect.poll(() => storage.getItem("short"), { timeout: 20_000 }).toBeNull();
    await Promise.all(Array.from({ length: 60 }, (_, at) => storage.setItem(`many:${at}`, String(at), { ttl: 600 })));
    expect((await storage.getKeys("many")).length).toBe(60);
  });
});

describe("connect-redis", () => {
  const SECOND = 1;
  whileOthersDie(OTHERS.filter((index) => index !== SECOND));
  const open = async (index: number) => {
    const client = await createClient({ url: urlOf(index) }).connect();
    vitest.onTestFinished(() => client.close());
    return { client, store: new RedisStore({ client, prefix: `sess-${index}:` }) };
  };
  const data = (more: object = {}) => ({ cookie: new Cookie(), ...more }) as SessionData;

  it("keeps the contract of a session store", async () => {
    const { client, store } = await open(HOME);
    await store.set("123", data({ foo: "bar" }));
    expect(await store.get("123")).toMatchObject({ foo: "bar" });
    expect(await client.ttl("sess-0:123")).toBeGreaterThan(86_300);
    const expiring = data();
    expiring.cookie.expires = new Date(Date.now() + 60_000);
    await store.set("456", expiring);
    expect(await client.ttl("sess-0:456")).toBeLessThanOrEqual(60);
    expiring.cookie.expires = new Date(Date.now() + 90_000);
    await store.touch("456", expiring);
    expect(await client.ttl("sess-0:456")).toBeGreaterThan(60);
    expect(await store.length()).toBe(2);
    expect((await store.ids()).sort()).toEqual(["123", "456"]);
    expect((await store.all()).map(({ id }: { id: string }) => id).sort()).toEqual(["123", "456"]);
    await store.destroy("456");
    expect(await store.get("456")).toBeNull();
    expiring.cookie.expires = new Date(Date.now() - 1000);
    await store.set("123", expiring);
    expect(await store.length()).toBe(0);
    await Promise.all(Array.from({ length: 300 }, (_, at) => store.set(`s${at}`, data())));
    expect(await store.length()).toBe(300);
    await store.clear();
    expect(await store.length()).toBe(0);
    ran.set("connect-redis", packageVersion("connect-redis"));
  });

  it("carries a visitor of two servers with express-session, each at another replica", async () => {
    const clients = await Promise.all([HOME, SECOND].map((index) => createClient({ url: urlOf(index) }).connect()));
    const servers = clients.map((client) => {
      const use = session({ store: new RedisStore({ client }), secret: "s", resave: false, saveUninitialized: false });
      return createServer((request, response) => {
        use(request, response, () => {
          const { session: kept } = request as unknown as { readonly session: { views?: number } };
          kept.views = (kept.views ?? 0) + 1;
          response.end(String(kept.views));
        });
      }).listen(0, "127.0.0.1");
    });
    await Promise.all(servers.map((server) => once(server, "listening")));
    vitest.onTestFinished(async () => {
      for (const server of servers) server.close();
      await Promise.all(clients.map((client) => client.close()));
    });
    let cookie = "";
    for (let visit = 0; visit < 8; visit++) {
      const { port } = servers[visit % 2]!.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } });
      cookie ||= answer.headers.get("set-cookie")?.split(";")[0] ?? "";
      expect(await answer.text()).toBe(String(visit + 1));
    }
    ran.set("express-session", packageVersion("express-session"));
  });
});

describe("docs/programs.md", () => {
  it("names the programs that ran, with their versions", () => {
    const page = readFileSync(new URL("../../../../docs/programs.md", import.meta.url), "utf8");
    const told = new Map(
      [...page.matchAll(/^\| `([^`]+)` \| (\d+\.\d+\.\d+) \|/gm)].map(([, name, version]) => [name!, version!]),
    );
    for (const name of ["redis-cli", "redis-benchmark"]) {
      const installed = versionOf(name);
      if (installed === undefined) told.delete(name);
      else if (installed !== told.get(name)) {
        console.warn(`${name} is ${installed} here; docs/programs.md tells of ${told.get(name)}`);
        told.set(name, installed);
      }
    }
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(ran));
  });
});
