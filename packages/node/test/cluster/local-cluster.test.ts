// A cluster in this process: real replicas on real disks. What is acknowledged stays, whoever stops, starts again, is cut
// off or loses its disk.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf, utf8 } from "@quorate/machine";
import { afterEach, describe, expect, it } from "vitest";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../src/local-cluster.ts";
import type { Outcome, RunningReplica } from "../../src/running-replica.ts";

const open: LocalCluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function cluster(options?: LocalClusterOptions): Promise<LocalCluster> {
  const made = await createLocalCluster(options);
  open.push(made);
  return made;
}

const words = (line: string) => line.split(" ").map((word) => bytesOf(utf8(word)));
const write = (replica: RunningReplica, line: string): Promise<Outcome> =>
  new Promise((resolve) => {
    replica.submit({ words: words(line), notAfter: replica.now() + 60_000, user: "" }, resolve);
  });
const read = (replica: RunningReplica, line: string): Promise<Outcome> =>
  new Promise((resolve) => {
    replica.read(words(line), resolve);
  });
const valueIn = (outcome: Outcome): unknown => {
  if (outcome.kind !== "reply") return outcome;
  return "value" in outcome.reply ? outcome.reply.value : outcome.reply;
};
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each([
  ["three that may crash", { replicas: 3 }],
  ["four of which one may lie", { replicas: 4, byzantine: 1 }],
] as const)("%s", (_, options) => {
  it("answer a write on one replica and its reads on every other", async () => {
    const { replicas } = await cluster(options);
    for (const [index, replica] of replicas.entries()) {
      expect(await write(replica!, `SET key ${index}`)).toMatchObject({ kind: "reply", reply: { text: "OK" } });
      for (const other of replicas) expect(valueIn(await read(other!, "GET key"))).toBe(String(index));
    }
  });

  it("keep what was acknowledged while one after the other stops and starts again", async () => {
    const made = await cluster(options);
    for (const index of made.replicas.keys()) {
      await made.stop(index);
      const other = made.replica((index + 1) % made.replicas.length);
      expect(valueIn(await write(other, "INCR counter"))).toBe(index + 1);
      const back = await made.start(index);
      await made.ready();
      expect(valueIn(await read(back, "GET counter"))).toBe(String(index + 1));
    }
  });

  it("recover a member whose disk was emptied, and refuse through it until then", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-test-"));
    try {
      const made = await cluster({ ...options, directory });
      expect(valueIn(await write(made.replica(0), "SET kept yes"))).toMatchObject({ text: "OK" });
      await made.stop(0);
      rmSync(join(directory, "r1"), { recursive: true });
      const back = await made.start(0);
      expect(back.status()).toMatchObject({ mode: "recovering", ready: false });
      expect(await read(back, "GET kept")).toMatchObject({ kind: "refused", reason: "recovering" });
      await made.ready();
      expect(valueIn(await read(back, "GET kept"))).toBe("yes");
      expect(back.status()).toMatchObject({ mode: "normal", replica: { incarnation: 1 } });
      await made.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe("a cluster of three", () => {
  it("refuses at a replica that is cut off, says why, and goes on when the links are back", async () => {
    const made = await cluster();
    made.links.isolate(2);
    await until(() => !made.replica(2).ready().ready);
    expect(await write(made.replica(2), "SET lost 1")).toMatchObject({ kind: "refused", reason: "no-quorum" });
    expect(await read(made.replica(2), "GET lost")).toMatchObject({ kind: "refused", reason: "no-quorum" });
    const { findings, healthy } = made.replica(2).explain();
    expect(healthy).toBe(false);
    expect(findings[0]?.members).toEqual(expect.arrayContaining(["r1", "r2"]));
    expect(valueIn(await write(made.replica(0), "SET kept 1"))).toMatchObject({ text: "OK" });
    made.links.rejoin(2);
    await made.ready();
    expect(valueIn(await read(made.replica(2), "GET kept"))).toBe("1");
  });

  it("lets what comes in wait while links that were just lost are dialled again, in its order", async () => {
    const made = await cluster();
    const cut = made.replica(2);
    const outcomes: Promise<Outcome>[] = [];
    const append = (nth: number): void => void outcomes.push(write(cut, `APPEND letters ${String.fromCharCode(nth)}`));
    const letters = Array.from({ length: 26 }, (_, nth) => 97 + nth);
    for (let round = 0; round < 5; round++) {
      // Some come before the loss is noticed, some when it is, some after.
      for (const letter of letters.slice(0, 10)) append(letter);
      outcomes.push(read(cut, "STRLEN letters"));
      made.links.isolate(2);
      await until(() => !cut.ready().ready);
      for (const letter of letters.slice(10, 20)) append(letter);
      outcomes.push(read(cut, "STRLEN letters"));
      made.links.rejoin(2);
      for (const letter of letters.slice(20)) append(letter);
      await made.ready();
    }
    for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).toBe("reply");
    const whole = String.fromCharCode(...letters).repeat(5);
    expect(valueIn(await read(made.replica(0), "GET letters"))).toBe(whole);
  });

  it("answers what waited for links that did not come back, all of it, as certainly not applied", async () => {
    const made = await cluster();
    made.links.isolate(2);
    await until(() => !made.replica(2).ready().ready);
    const outcomes = Array.from({ length: 20 }, (_, nth) =>
      nth % 2 === 0 ? write(made.replica(2), `SET lost${nth} 1`) : read(made.replica(2), "GET lost0"),
    );
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toEqual({ kind: "refused", reason: "no-quorum" });
    }
    made.links.rejoin(2);
    await made.ready();
    expect(valueIn(await read(made.replica(2), "DBSIZE"))).toBe(0);
  });

  it("expires keys in the log: a read past a deadline by its clock makes log time pass it", async () => {
    const made = await cluster();
    await write(made.replica(0), "SET brief 1 PX 40");
    const { logTime } = made.replica(1).status();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await read(made.replica(1), "GET brief")).toMatchObject({ reply: { kind: "null" } });
    expect(made.replica(1).status().logTime).toBeGreaterThan(logTime);
  });

  it("finds a flipped bit in a state's file at the start, and serves what the others have", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-test-"));
    try {
      const made = await cluster({ directory });
      const value = "unmistakable".repeat(4);
      await write(made.replica(0), `SET treasure ${value}`);
      await until(() => made.replica(0).status().storage.flushedIndex === made.replica(0).appliedIndex);
      await made.stop(0);
      const state = readdirSync(join(directory, "r1")).find((name) => name.startsWith("state-"))!;
      const file = join(directory, "r1", state, "data.mdb");
      const bytes = readFileSync(file);
      const at = bytes.indexOf(value);
      expect(at).toBeGreaterThan(0);
      for (let place = at; place !== -1; place = bytes.indexOf(value, place + 1)) bytes[place]! ^= 1;
      writeFileSync(file, bytes);
      const back = await made.start(0);
      expect(await read(back, "GET treasure")).toMatchObject({ kind: "refused", reason: "recovering" });
      await made.ready();
      expect(valueIn(await read(back, "GET treasure"))).toBe(value);
      expect(back.status().replica.incarnation).toBe(2);
      await made.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("answers every command exactly once when it is closed amid them", async () => {
    const made = await cluster();
    const replicas = made.replicas.map((replica) => replica!);
    const answers = Array.from({ length: 200 }, (_, nth) => write(replicas[nth % 3]!, `INCR k${nth}`));
    await made.close();
    for (const { kind } of await Promise.all(answers)) expect(["reply", "refused", "indeterminate"]).toContain(kind);
    expect(await write(replicas[0]!, "SET late 1")).toMatchObject({ kind: "refused", reason: "stopping" });
  });
});
