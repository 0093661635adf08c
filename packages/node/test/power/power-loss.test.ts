// All replicas lose power at once, under load, again and again. What was acknowledged is there when they are back, what
// was refused is not, what went through a session happened once; and a disk that lies about its syncs does not get through.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@quorate/sim";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../src/local-cluster.ts";
import { nodeFiles, volatileFiles } from "../../src/storage/index.ts";
import { pause, read, told, within, write } from "./ask.ts";
import { Load } from "./load.ts";
import { POWER_KINDS, runPowerRounds } from "./power-rounds.ts";
import { StateCopies } from "./state-copies.ts";

/** Ten together. */
const ROUNDS = [4, 3, 3];

describe.each(POWER_KINDS.map((kind, place) => ({ ...kind, place })))("$name", ({ byzantine, place, replicas }) => {
  const seed = place + 1;
  const rounds = ROUNDS[place]!;

  it("keep every promise when all of them lose power at once under load", async () => {
    const { counts, problems } = await runPowerRounds({ seed, rounds, replicas, byzantine, commandsMax: 150 });
    expect(problems).toEqual([]);
    expect(counts).toMatchObject({ rounds });
    expect(counts["indeterminate"]).toBeGreaterThan(rounds);
  });

  it("are caught within ten rounds when their disks confirm what they did not do", async () => {
    const lying = { seed, rounds: 10, replicas, byzantine, lying: true, readyWithinMs: 3_000 };
    const { problems } = await runPowerRounds(lying);
    expect(problems).not.toEqual([]);
  });
});

describe("a disk that confirms what it did not do", () => {
  it("loses what was acknowledged: what these rounds guard against is real", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-power-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const disk = volatileFiles(nodeFiles);
    const { cluster } = await loaded({ files: disk, directory });
    disk.lying = true;
    expect(told(await write(cluster.replica(0), "SET promised yes"))).toBe("OK");
    disk.losePower(() => 0);
    await killAll(cluster);
    for (const index of cluster.replicas.keys()) new StateCopies(directory).leave(cluster.directoryOf(index), "gone");
    await Promise.all(cluster.replicas.map((_, index) => cluster.start(index)));
    await cluster.ready();
    expect(told(await read(cluster.replica(0), "GET promised"))).toBe(null);
  });

  it("under one member costs that member its memory, and nobody an answer", async () => {
    const disk = volatileFiles(nodeFiles);
    const { cluster, load } = await loaded({ files: disk });
    disk.lying = true;
    await underLoad(load, 60);
    // Its state went through LMDB and is whole; its log is not, and shows it.
    await within(5_000, () => cluster.replica(1).status().storage.flushedIndex > 0);
    disk.losePower(() => 0, cluster.directoryOf(1));
    await cluster.kill(1);
    disk.lying = false;
    const back = await cluster.start(1);
    expect(back.status()).toMatchObject({ mode: "recovering", replica: { incarnation: 2 } });
    await load.end();
    await cluster.ready();
    expect(await load.check([0, 1, 2])).toEqual([]);
  });
});

describe("durability os", () => {
  it("keeps everything through kill -9 of all at once", async () => {
    const { cluster, load } = await loaded({ durability: "os" });
    await underLoad(load, 60);
    await killAll(cluster);
    await load.end();
    await Promise.all(cluster.replicas.map((_, index) => cluster.start(index)));
    await cluster.ready();
    expect(cluster.replicas.map((replica) => replica?.status().replica.incarnation)).toEqual([1, 1, 1]);
    expect(await load.check([0, 1, 2])).toEqual([]);
  });

  it("makes a member whose machine went down recover from the others, under load", async () => {
    const disk = volatileFiles(nodeFiles);
    const { cluster, load } = await loaded({ durability: "os", files: disk });
    await underLoad(load, 60);
    disk.losePower((bytes) => Math.floor(bytes / 2), cluster.directoryOf(2));
    await cluster.kill(2);
    const back = await cluster.start(2, { bootId: "another" });
    expect(back.status()).toMatchObject({ mode: "recovering", replica: { incarnation: 2 } });
    await load.end();
    await cluster.ready();
    expect(await load.check([0, 1, 2])).toEqual([]);
  });

  it("serves nothing at all after the machines of all went down, rather than less than it promised", async () => {
    const disk = volatileFiles(nodeFiles);
    const { cluster, load } = await loaded({ durability: "os", files: disk });
    await underLoad(load, 60);
    disk.losePower(() => 0);
    await killAll(cluster);
    await load.end();
    await Promise.all(cluster.replicas.map((_, index) => cluster.start(index, { bootId: "another" })));
    await servesNothing(cluster);
  });
});

describe("durability memory", () => {
  it("makes a member that was killed recover from the others, under load", async () => {
    const { cluster, load } = await loaded({ durability: "memory" });
    for (const index of [0, 1, 2]) {
      await underLoad(load, 40);
      await cluster.kill(index);
      const back = await cluster.start(index);
      expect(back.status().mode).toBe("recovering");
      await load.end();
      await cluster.ready();
      expect(await load.check([0, 1, 2])).toEqual([]);
    }
    expect(load.judge()).toEqual([]);
  });

  it("serves nothing at all after all were killed, rather than less than it promised", async () => {
    const { cluster, load } = await loaded({ durability: "memory" });
    await underLoad(load, 40);
    await killAll(cluster);
    await load.end();
    await Promise.all(cluster.replicas.map((_, index) => cluster.start(index)));
    await servesNothing(cluster);
  });
});

async function loaded(options: LocalClusterOptions): Promise<{ readonly cluster: LocalCluster; readonly load: Load }> {
  const cluster = await createLocalCluster(options);
  onTestFinished(() => cluster.close());
  return { cluster, load: new Load(cluster, createRng(7)) };
}

/** Begins load and resolves, while it goes on, when so many more commands are acknowledged. */
async function underLoad(load: Load, commands: number): Promise<void> {
  const until = load.counts.acknowledged + commands;
  load.begin();
  await within(30_000, () => load.counts.acknowledged >= until);
}

async function killAll(cluster: LocalCluster): Promise<void> {
  await Promise.all(cluster.replicas.map((_, index) => cluster.kill(index)));
}

/** Long after all found each other. */
async function servesNothing(cluster: LocalCluster): Promise<void> {
  const replicas = cluster.replicas.map((_, index) => cluster.replica(index));
  await within(5_000, () => replicas.every((replica) => replica.status().quorum.reached));
  await pause(1_000);
  for (const replica of replicas) {
    expect(await read(replica, "GET count")).toMatchObject({ kind: "refused", reason: "recovering" });
    expect(await write(replica, "SET other history")).toMatchObject({ kind: "refused", reason: "recovering" });
    expect(replica.status()).toMatchObject({ mode: "recovering", round: 0, commitIndex: 0 });
  }
}
