// Bits that flip in the files of a member, while it is stopped and while it runs. Each is found, and the member refuses or
// rebuilds from the others, or it costs nothing; no read of it ever answers with something else than was written.
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createRng, type Rng } from "@quorate/sim";
import { expect, it, onTestFinished } from "vitest";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import { read, told, within, wordsOf, write } from "./ask.ts";
import { stateOf } from "./state-copies.ts";

const READY_MS = 30_000;
const FLIPS = 24;

const isServing = (cluster: LocalCluster, index: number): boolean => cluster.replicas[index]?.ready().ready === true;

/** A cluster, and a way to write more and to compare what one member answers with all that was written. */
async function filled(): Promise<{
  readonly cluster: LocalCluster;
  fill(): Promise<void>;
  compare(index: number): Promise<void>;
}> {
  const cluster = await createLocalCluster();
  onTestFinished(() => cluster.close());
  const values = new Map<string, string>();
  let step = 0;
  return {
    cluster,
    async fill() {
      step += 1;
      const running = cluster.replicas.filter((replica) => replica !== undefined);
      const writes = Array.from({ length: 30 }, (_, nth) => {
        values.set(`key:${nth}`, `${step}.${nth}`.padEnd(nth * 20, "v"));
        return write(running[nth % running.length]!, `SET key:${nth} ${values.get(`key:${nth}`)}`);
      });
      for (const outcome of await Promise.all(writes)) expect(told(outcome)).toBe("OK");
    },
    async compare(index) {
      const keys = [...values.keys()];
      const answer = told(await read(cluster.replica(index), `MGET ${keys.join(" ")}`));
      expect(answer).toEqual(keys.map((key) => values.get(key)));
    },
  };
}

/** Flips a bit of a file, nearly always where something is written. */
function flipIn(path: string, rng: Rng): void {
  const bytes = readFileSync(path);
  let at = rng.integer(bytes.length);
  for (let tries = 0; bytes[at] === 0 && tries < 2_000; tries++) at = rng.integer(bytes.length);
  if (bytes[at] === 0) at = rng.integer(4_096);
  flip(path, at, rng.integer(8));
}

/** In place: a replica may have the file open, or in its memory. */
function flip(path: string, at: number, bit: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from([readFileSync(path)[at]! ^ (1 << bit)]), 0, 1, at);
  closeSync(file);
}

it("a bit flipped in any file of a stopped member but its state's is found, or harmless, and never served", async () => {
  const { cluster, compare, fill } = await filled();
  const rng = createRng("rot of the stopped");
  const counts = { refused: 0, emptied: 0, harmless: 0 };
  for (let nth = 0; nth < FLIPS; nth++) {
    await fill();
    const data = cluster.directoryOf(2);
    await (nth % 2 === 0 ? cluster.stop(2) : cluster.kill(2));
    const files = readdirSync(data, { recursive: true, encoding: "utf8" })
      .map((name) => join(data, name))
      // The state's own file can end the process that reads it, and has a test of its own.
      .filter((path) => statSync(path).isFile() && !path.endsWith("data.mdb"));
    expect(files.length).toBeGreaterThan(3);
    // The first segment is the one in use.
    flipIn(rng.chance(0.4) ? join(data, "log", "0000000001.log") : rng.pick(files), rng);
    try {
      await cluster.start(2);
      counts.harmless += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: "corruption" });
      counts.refused += 1;
      await cluster.start(2, { rebuild: true }).catch(async (refusal: unknown) => {
        // Without knowing whose data these are, or which, nothing of them may be touched.
        expect(refusal).toMatchObject({ code: "corruption", message: expect.stringContaining("empty the directory") });
        rmSync(data, { recursive: true });
        counts.emptied += 1;
        await cluster.start(2);
      });
    }
    expect(await within(READY_MS, () => isServing(cluster, 2))).toBe(true);
    await compare(2);
  }
  expect(counts.refused).toBeGreaterThan(2);
  expect(counts.harmless).toBeGreaterThan(2);
});

it("a bit flipped in the log of a running member is found by the scrub, and the member rebuilds by itself", async () => {
  const { cluster, compare, fill } = await filled();
  const rng = createRng("rot of the running");
  for (let times = 1; times <= 2; times++) {
    await fill();
    const path = join(cluster.directoryOf(2), "log", "0000000001.log");
    const bytes = readFileSync(path);
    const at = 200 + rng.integer(bytes.findLastIndex((byte) => byte !== 0) - 400);
    flip(path, at, rng.integer(8));
    const incarnation = (): number => cluster.replica(2).status().replica.incarnation;
    await within(READY_MS, () => incarnation() > times && isServing(cluster, 2));
    const found = { flipped: at, incarnation: incarnation(), ...cluster.replica(2).ready() };
    expect(found).toMatchObject({ incarnation: times + 1, ready: true });
    await compare(2);
  }
});

it("a bit flipped in a record of a running member's state is never served, and the member rebuilds by itself", async () => {
  const { cluster, fill } = await filled();
  await fill();
  const replica = cluster.replica(1);
  const treasure = "unmistakable".repeat(8);
  for (const way of ["read", "stale", "write", "scrub"]) {
    expect(told(await write(replica, `SET treasure ${treasure}`))).toBe("OK");
    expect(await within(READY_MS, () => replica.status().storage.flushedIndex === replica.appliedIndex)).toBe(true);
    const path = join(stateOf(cluster.directoryOf(1))!, "data.mdb");
    const bytes = readFileSync(path);
    let count = 0;
    for (let at = bytes.indexOf(treasure); at !== -1; at = bytes.indexOf(treasure, at + 1)) {
      flip(path, at + 5, 2);
      count += 1;
    }
    expect(count).toBeGreaterThan(0);
    const { incarnation } = replica.status().replica;
    // Asked for, or met by a command of others, it is found at once; else by the scrub.
    if (way === "read") expect(await read(replica, "GET treasure")).toMatchObject({ kind: "refused" });
    if (way === "stale") expect(replica.readStale(wordsOf("GET treasure"))).toMatchObject({ kind: "refused" });
    if (way === "write") expect(told(await write(cluster.replica(0), "APPEND treasure !"))).toBe(treasure.length + 1);
    expect(await within(READY_MS, () => replica.status().replica.incarnation > incarnation)).toBe(true);
    expect(await within(READY_MS, () => replica.ready().ready)).toBe(true);
    expect(told(await read(replica, "GET treasure"))).toBe(way === "write" ? `${treasure}!` : treasure);
  }
});
