// `/metrics`: what Prometheus's own linter asks of names, and what every value is.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandTable, FAMILIES } from "@quorate/machine";
import { describe, expect, it } from "vitest";
import { statusReport } from "../../test/command/status-report.ts";
import { freshDirectory } from "../../test/fresh-directory.ts";
import { newPeerCounters, newRefusalCounters, type TransportFacts } from "../transport/facts.ts";
import { createMetrics } from "./metrics.ts";

const MEMBERS = ["a", "b", "c", "d", "e"];
const STATUS = statusReport({
  members: [{}, {}, { up: false, silentMs: 1_500 }],
  doors: [{ name: "redis", address: "127.0.0.1:7001", connections: 3 }],
});

const DIRECTORY = freshDirectory("metrics");
mkdirSync(join(DIRECTORY, "state-2"));
writeFileSync(join(DIRECTORY, "state-2", "data.mdb"), new Uint8Array(4_096));

function facts(): TransportFacts {
  const peers = [1, 2, 3, 4].map((peer) => ({
    ...newPeerCounters(),
    peer,
    up: true,
    bytesIn: 10 * peer,
    queuedBytes: { blocks: 5, "catch-up": 7 },
  }));
  return { peers, refused: newRefusalCounters(), handshakes: 0 };
}

function metrics() {
  const made = createMetrics({ members: MEMBERS, commands: commandTable(FAMILIES).keys() });
  made.watch({
    status: () => STATUS,
    census: () => ({ keys: 7, leases: 2, sessions: 3 }),
    transport: facts,
    directory: DIRECTORY,
  });
  return made;
}

/** Every part fed once. */
async function scrapeAll(): Promise<string> {
  const made = metrics();
  made.driver.turned({ inputs: 3, tookMs: 1 });
  made.driver.synced({ tookMs: 2 });
  made.driver.committed({ blocks: 3, commands: 9, tookMs: 1 });
  for (const kind of ["reply", "refused", "indeterminate"] as const) {
    made.driver.answered(kind, 4);
    made.driver.read(kind, 1);
  }
  made.driver.evidence(2, "two blocks");
  made.driver.rejected(1, "bad-version");
  made.driver.doubted();
  made.redisCommand("SET", 1);
  made.httpRequest("/v1/kv/{key}", 200);
  made.doorRefused("http", "host");
  return made.scrape();
}

const samples = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const value = (text: string, sample: string) =>
  Number(
    samples(text)
      .find((line) => line.startsWith(`${sample} `))
      ?.slice(sample.length + 1),
  );

describe("metrics", () => {
  it("have names that begin with quorate_, say base units, and tell counters from the rest", async () => {
    const text = await scrapeAll();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => ({ name, type }));
    expect(types.length).toBeGreaterThan(40);
    expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
    for (const { name, type } of types) {
      expect(name).toMatch(/^quorate_[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(
        /_(ms|millis\w*|micros\w*|minutes|kb|mb|kilobytes|megabytes|percent|count|sum|bucket)(_|$)/,
      );
      expect(name).not.toMatch(/gauge|counter|histogram|summary/);
      expect(name.endsWith("_total"), `${name} is a ${type}`).toBe(type === "counter");
      if (type === "histogram") expect(name).toMatch(/_(seconds|bytes)$/);
      const [, help = ""] = new RegExp(`^# HELP ${name} (.*)$`, "m").exec(text) ?? [];
      expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
    }
  });

  it("have each series once, and no sample without a type", async () => {
    const text = await scrapeAll();
    const series = samples(text).map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(series).size).toBe(series.length);
    for (const one of series) {
      const name = one.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "");
      expect(text).toMatch(new RegExp(`^# TYPE (${name}|${one.replace(/\{.*/, "")}) `, "m"));
    }
    expect(text).not.toMatch(/ (NaN|undefined)$/m);
  });

  it("pass promtool check metrics", async (context) => {
    const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: await scrapeAll(),
      encoding: "utf8",
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
      process.stderr.write("SKIPPED: promtool is not installed (Debian package prometheus); only our own lint ran\n");
      context.skip();
    }
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });

  it("are the status at the time of the scrape, read once for all of them", async () => {
    const made = createMetrics({ members: MEMBERS, commands: [] });
    let reads = 0;
    let status = STATUS;
    made.watch({
      census: () => undefined,
      status: () => {
        reads += 1;
        return status;
      },
      transport: () => undefined,
      directory: DIRECTORY,
    });
    const first = await made.scrape();
    expect(reads).toBe(1);
    expect(value(first, "quorate_server_ready")).toBe(1);
    expect(value(first, 'quorate_members{state="down"}')).toBe(1);
    expect(value(first, 'quorate_peer_silent_seconds{peer="c"}')).toBe(1.5);
    expect(value(first, 'quorate_door_connections{door="redis"}')).toBe(3);
    expect(value(first, "quorate_store_bytes")).toBe(4_096);
    expect(value(first, "quorate_disk_free_bytes")).toBeGreaterThan(0);
    expect(first).not.toContain('quorate_peer_up{peer="a"}');
    status = statusReport({ mode: "recovering", ready: false });
    const second = await made.scrape();
    expect(value(second, "quorate_server_ready")).toBe(0);
    expect(value(second, 'quorate_mode{mode="normal"}')).toBe(0);
    expect(value(second, 'quorate_mode{mode="recovering"}')).toBe(1);
    expect(second).not.toContain("quorate_door_connections{");
  });

  it("count what they are told, and show the transport's own counters as they are", async () => {
    const made = metrics();
    for (let times = 0; times < 3; times++) made.driver.answered("reply", 2);
    made.driver.answered("indeterminate", 1);
    for (let times = 0; times < 2; times++) {
      const text = await made.scrape();
      expect(value(text, 'quorate_proposals_total{outcome="committed"}')).toBe(3);
      expect(value(text, 'quorate_proposals_total{outcome="rejected"}')).toBe(0);
      expect(value(text, "quorate_propose_to_commit_seconds_count")).toBe(3);
      expect(value(text, "quorate_propose_to_commit_seconds_sum")).toBeCloseTo(0.006);
      expect(value(text, 'quorate_peer_bytes_total{peer="d",direction="in"}')).toBe(30);
      expect(value(text, 'quorate_peer_queued_bytes{peer="d",channel="catch-up"}')).toBe(7);
    }
  });

  it("have no more labels than there are known commands, whatever clients send", async () => {
    const made = metrics();
    for (let index = 0; index < 500; index++) {
      made.redisCommand(`nonsense${index}`, 2);
      made.httpRequest(`/route${index}`, 404);
      made.doorRefused("http", `reason${index}`);
    }
    made.redisCommand("sEt", 7);
    const text = await made.scrape();
    expect(value(text, 'quorate_resp_commands_total{cmd="other"}')).toBe(1_000);
    expect(value(text, 'quorate_resp_commands_total{cmd="set"}')).toBe(7);
    expect(text.match(/^quorate_http_requests_total\{/gm)!.length).toBeLessThan(70);
    expect(text.match(/^quorate_door_refusals_total\{/gm)!.length).toBeLessThan(70);
  });
});
