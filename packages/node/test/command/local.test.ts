// `quorate local` with real processes: they come up, die, come back, and never outlive the one that started them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freeOffset } from "../../../../bench/cluster/ports.ts";
import { SELF } from "./program.ts";
import { run, start } from "./run.ts";

interface Told {
  readonly directory: string;
  readonly clusterId: string;
  readonly members: readonly { readonly name: string; readonly pid: number; readonly http: string }[];
}

/** A supervisor in a process of its own. */
class Local {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(...argv: readonly string[]) {
    const [program = "", ...words] = SELF;
    this.process = spawn(program, [...words, "local", "--json", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout!.on("data", (text) => (this.stdout += text));
    this.process.stderr!.on("data", (text) => (this.stderr += text));
  }

  async up(): Promise<Told> {
    await this.says("stdout", /\}\n$/);
    const told = JSON.parse(this.stdout) as Told;
    for (const { pid } of told.members) seen.add(pid);
    return told;
  }

  /** Resolves when it said that. */
  async says(stream: "stdout" | "stderr", what: RegExp): Promise<RegExpExecArray> {
    for (const until = Date.now() + PATIENCE_MS; ; ) {
      const match = what.exec(this[stream]);
      if (match !== null) return match;
      if (Date.now() > until) throw new Error(`it never said ${what}, but ${JSON.stringify(this[stream])}`);
      if (this.process.exitCode !== null) throw new Error(`it exited ${this.process.exitCode}: ${this.stderr}`);
      await pause(20);
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exit = once(this.process, "exit");
    this.process.kill(signal);
    const [code] = await exit;
    return code;
  }
}

const PATIENCE_MS = 120_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const seen = new Set<number>();
const locals: Local[] = [];
const folders: string[] = [];

function local(...argv: readonly string[]): Local {
  const one = new Local(...argv);
  locals.push(one);
  return one;
}

function folder(): string {
  const one = mkdtempSync(join(tmpdir(), "quorate-local-test-"));
  folders.push(one);
  return one;
}

afterEach(async () => {
  for (const one of locals.splice(0)) await one.end("SIGTERM");
  try {
    await expect.poll(() => [...seen].filter(isAlive), { timeout: 20_000 }).toEqual([]);
  } finally {
    // What a failed test leaves must not trouble the next one.
    for (const pid of [...seen].filter(isAlive)) process.kill(pid, "SIGKILL");
    seen.clear();
  }
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

/** Where a cluster of so many replicas has its ports to itself. */
const somewhere = async (replicas: number) => ["--port-offset", String(await freeOffset(replicas))];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and was not waited for yet is no replica any more.
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

describe("local", () => {
  it("runs a process for each replica, tells of one that is killed, starts it again, and stops all in order", async () => {
    const one = local("--replicas", "3", ...(await somewhere(3)));
    const { directory, members } = await one.up();
    expect(members.map(({ name }) => name)).toEqual(["r1", "r2", "r3"]);
    expect(members.every(({ pid }) => isAlive(pid))).toBe(true);
    const log = join(directory, "r2", "log.jsonl");
    const timesReady = () => readFileSync(log, "utf8").match(/"msg":"ready/g)?.length;
    // On a busy machine the cluster is shown when most of it serves.
    await expect.poll(timesReady, { timeout: 60_000 }).toBe(1);
    const victim = members[1]!.pid;
    process.kill(victim, "SIGKILL");
    await one.says(
      "stderr",
      new RegExp(`r2 \\(process ${victim}\\) was ended by SIGKILL after .*; it is started again in 3\\.0 s`),
    );
    const [, again] = await one.says("stderr", /r2 is started again \(process (\d+)\)/);
    seen.add(Number(again));
    await expect.poll(timesReady, { timeout: 60_000 }).toBe(2);
    expect(await one.end("SIGTERM")).toBe(0);
    expect([...seen].filter(isAlive)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  });

  it("serves on every replica, and explain names the one that is killed", async () => {
    const one = local("--replicas", "3", "--no-restart", ...(await somewhere(3)));
    const { members } = await one.up();
    const urls = members.map(({ http }) => `http://${http}`);
    const ask = async (url: string, verb: string, ...words: readonly string[]) => run(verb, "--url", url, ...words);
    for (const url of urls)
      await expect.poll(async () => (await ask(url, "call", "DBSIZE")).code, { timeout: 60_000 }).toBe(0);
    expect((await ask(urls[0]!, "status")).code).toBe(0);
    expect((await ask(urls[0]!, "call", "SET", "a", "1")).stdout).toBe("OK\n");
    expect((await ask(urls[2]!, "call", "GET", "a")).stdout).toBe('"1"\n');
    await expect
      .poll(async () => (await ask(urls[0]!, "explain")).stdout, { timeout: 60_000 })
      .toMatch(/^Healthy: 3 of 3/);
    const metrics = await (await fetch(`${urls[0]}/metrics`)).text();
    expect(metrics).toContain("\nquorate_server_ready 1\n");
    expect(metrics).toMatch(/\nquorate_peer_links_total\{peer="r2"\} [1-9]/);
    process.kill(members[1]!.pid, "SIGKILL");
    await one.says("stderr", /r2 .* was ended by SIGKILL/);
    await expect
      .poll(async () => (await ask(urls[0]!, "explain")).stdout, { timeout: 20_000 })
      .toMatch(/warning.*: r2 was last heard/);
    expect((await ask(urls[2]!, "call", "INCR", "a")).stdout).toBe("(integer) 2\n");
    process.kill(members[2]!.pid, "SIGKILL");
    await expect.poll(async () => (await ask(urls[0]!, "explain")).code, { timeout: 20_000 }).toBe(4);
    const { stdout } = await ask(urls[0]!, "explain");
    expect(stdout).toMatch(/^Cannot serve: no quorum: r1 reaches stake 1 of the 2 .*\br2\b.*\br3\b/);
    expect(await ask(urls[0]!, "call", "SET", "a", "2")).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^\(error\) NOQUORUM /),
    });
  });

  it("leaves no replica behind when it is killed itself", async () => {
    const one = local("--replicas", "3", ...(await somewhere(3)), "--dir", join(folder(), "cluster"));
    const { members } = await one.up();
    await one.end("SIGKILL");
    await expect.poll(() => members.filter(({ pid }) => isAlive(pid)), { timeout: 20_000 }).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("leaves none behind either when it is killed while they start", async () => {
    const dir = join(folder(), "cluster");
    const one = local("--replicas", "3", ...(await somewhere(3)), "--dir", dir);
    await expect.poll(() => existsSync(join(dir, "r3", "log.jsonl")), { timeout: 60_000, interval: 5 }).toBe(true);
    const children = childrenOf(one.process.pid!);
    for (const pid of children) seen.add(pid);
    expect(children.length).toBeGreaterThan(0);
    await one.end("SIGKILL");
    await expect.poll(() => children.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });

  it("goes on with the cluster that the directory holds, on other ports too, and refuses to make it another one", async () => {
    const dir = join(folder(), "cluster");
    const first = local("--replicas", "3", ...(await somewhere(3)), "--dir", dir);
    const { clusterId } = await first.up();
    expect(await first.end("SIGINT")).toBe(0);
    const second = local(...(await somewhere(3)), "--dir", dir, "--durability", "os");
    const again = await second.up();
    expect(again.clusterId).toBe(clusterId);
    expect(again.members).toHaveLength(3);
    const { code, stderr } = await run("local", "--dir", dir, "--replicas", "5", "--crash", "2");
    expect(code).toBe(7);
    expect(stderr).toMatch(/replicas \(--replicas\): 5, but the cluster in .* was made with 3/);
    expect(stderr).toMatch(/crash \(--crash\): 2, but the cluster/);
  });

  it("with --no-restart leaves the dead one dead and says how to start it; started so, it comes back", async () => {
    const one = local("--replicas", "3", "--no-restart", ...(await somewhere(3)));
    const { directory, members } = await one.up();
    process.kill(members[2]!.pid, "SIGKILL");
    const [, config = ""] = await one.says("stderr", /start it again with: .*quorate.* start --config (\S+)/);
    expect(config).toBe(join(directory, "r3", "quorate.yaml"));
    const by = start(["start", "--config", config]);
    await by.heard("ready");
    by.tell("SIGTERM");
    expect(await by.code).toBe(0);
  });

  it("does not start a replica over and over that refuses to run, and exits with its code", async () => {
    const dir = join(folder(), "cluster");
    const where = await somewhere(3);
    const first = local("--replicas", "3", ...where, "--dir", dir);
    await first.up();
    await first.end("SIGTERM");
    rmSync(join(dir, "r2", "key.pem"));
    const second = start(["local", "--dir", dir, ...where], { self: SELF });
    expect(await second.code).toBe(7);
    expect(second.said.stderr).toMatch(/r2 \(process \d+\) exited with code 7 .*key\.pem/s);
    expect(second.said.stdout).toBe("");
  });

  it("names every port that is taken, what it was for, and the flag that moves them", async () => {
    const offset = await freeOffset(3);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(8_002 + offset, "127.0.0.1", resolve));
    const { code, stderr } = await run("local", "--replicas", "3", "--port-offset", String(offset));
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toBe(
      `quorate: cannot listen on 127.0.0.1:${8_002 + offset}, for the HTTP door of r2 (EADDRINUSE). Stop what listens there, or move all ports of this cluster: --port-offset 100\n`,
    );
  });

  it.skipIf(process.platform !== "linux")("stops its processes when its time is up", async () => {
    const one = local("--replicas", "1", "--for", "3", ...(await somewhere(1)));
    for (; one.process.exitCode === null; await pause(20))
      for (const pid of childrenOf(one.process.pid!)) seen.add(pid);
    expect(one.process.exitCode, one.stderr).toBe(0);
    expect(one.stderr).toBe("quorate: stopping\n");
    expect([...seen].filter(isAlive)).toEqual([]);
  });

  it("in one process runs, shows where everything is, and stops when its time is up", async () => {
    const dir = join(folder(), "cluster");
    const one = start(["local", "--in-process", "--for", "1", "--dir", dir, ...(await somewhere(5))]);
    expect(await one.code, one.said.stderr).toBe(0);
    expect(one.said.stdout).toContain("A new cluster: 5 equals, 2 may stop.");
    expect(one.said.stdout).toMatch(/redis-cli -p \d+ SET a 1/);
    expect(one.said.stderr).toBe("quorate: stopping\n");
    expect(readdirSync(dir).sort()).toEqual(["genesis.json", "r1", "r2", "r3", "r4", "r5"]);
  });

  it.each([
    ["start", "npm run -s quorate -- status"],
    ["npx", "npx quorate status"],
    ["test", "  quorate status"],
  ])("shows commands as they can be typed where npm runs %s", async (event, shown) => {
    const env = { npm_lifecycle_event: event };
    const words = ["local", "--in-process", "--for", "1", "--replicas", "1", ...(await somewhere(1))];
    const one = start(words, { env });
    expect(await one.code, one.said.stderr).toBe(0);
    expect(one.said.stdout).toContain(shown);
  });

  it("refuses bounds that cannot be, before anything starts", async () => {
    const { code, stderr } = await run("local", "--replicas", "4", "--byzantine", "2");
    expect(code).toBe(7);
    expect(stderr).toContain("rule hyb3 needs total stake");
  });
});

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}
