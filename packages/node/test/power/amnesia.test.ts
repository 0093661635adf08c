// Disks that come back empty. A member that lost its past hears from the others what it may have said before it says
// anything; where too many lost theirs, nobody begins a history without what was acknowledged.
import { renameSync, rmSync, unlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "@quorate/sim";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../src/local-cluster.ts";
import type { Outcome, RunningReplica } from "../../src/running-replica.ts";
import { pause, read, told, within, wordsOf, write } from "./ask.ts";
import { Load } from "./load.ts";
import { Witness } from "./witness.ts";

const READY_MS = 30_000;

interface Scene {
  readonly cluster: LocalCluster;
  readonly load: Load;
  readonly witness: Witness;
}

async function open(options: LocalClusterOptions): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-amnesia-"));
  const witness = new Witness();
  const cluster = await createLocalCluster({ ...options, directory, wrapTransport: witness.wrap });
  onTestFinished(async () => {
    await cluster.close();
    await rm(directory, { recursive: true, force: true });
  });
  witness.attend(cluster);
  return { cluster, load: new Load(cluster, createRng(31)), witness };
}

const empty = (cluster: LocalCluster, index: number): void => {
  rmSync(cluster.directoryOf(index), { recursive: true });
};

const isServing = (replica: RunningReplica | undefined): boolean => replica?.ready().ready === true;

async function underLoad(load: Load, commands: number): Promise<void> {
  const until = load.counts.acknowledged + commands;
  load.begin();
  expect(await within(READY_MS, () => load.counts.acknowledged >= until)).toBe(true);
}

describe.each([
  { name: "three that may crash", replicas: 3, byzantine: 0, atOnce: 1, rounds: 5 },
  { name: "five that may crash", replicas: 5, byzantine: 0, atOnce: 2, rounds: 2 },
  { name: "four of which one may lie", replicas: 4, byzantine: 1, atOnce: 1, rounds: 3 },
])("$name", ({ atOnce, byzantine, replicas, rounds }) => {
  it("recover members whose disks were emptied, under load, also when these are killed in the middle of it", async () => {
    const { cluster, load, witness } = await open({ replicas, byzantine });
    const rng = createRng(replicas * 10 + byzantine);
    let interrupted = 0;
    for (let round = 0; round < rounds; round++) {
      await underLoad(load, 30);
      const victims = rng.shuffle([...cluster.replicas.keys()]).slice(0, atOnce);
      await Promise.all(victims.map((index) => cluster.kill(index)));
      for (const index of victims) {
        empty(cluster, index);
        witness.lost(index);
      }
      for (let times = 1 + rng.integer(3); times > 0; times--) {
        await Promise.all(victims.map((index) => cluster.start(index)));
        // Clients are at the door already; what they are told then is judged with the rest.
        load.begin();
        if (times === 1) break;
        await pause(rng.integer(40));
        const midway = victims.filter((index) => cluster.replica(index).status().mode === "recovering");
        interrupted += midway.length;
        await Promise.all(victims.map((index) => cluster.kill(index)));
        // Who had recovered has a past again; it starts with that, or loses it once more.
        for (const index of victims) {
          empty(cluster, index);
          witness.lost(index);
        }
      }
      expect(await within(READY_MS, () => cluster.replicas.every(isServing))).toBe(true);
      await load.end();
      expect(await load.check([...cluster.replicas.keys()])).toEqual([]);
      expect(witness.problems).toEqual([]);
    }
    expect(load.judge()).toEqual([]);
    expect(interrupted).toBeGreaterThan(0);
    expect(witness.framesInAmnesia).toBeGreaterThan(rounds);
  });
});

describe("a member that was killed before it had recovered", () => {
  it("goes on recovering on what it left, however often that happens", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    await underLoad(load, 40);
    await cluster.kill(1);
    empty(cluster, 1);
    witness.lost(1);
    // Cut off, it cannot get to the end.
    cluster.links.isolate(1);
    for (let times = 0; times < 4; times++) {
      const back = await cluster.start(1);
      await pause(20);
      expect(back.status().mode).toBe("recovering");
      await cluster.kill(1);
    }
    cluster.links.rejoin(1);
    await cluster.start(1);
    expect(await within(READY_MS, () => isServing(cluster.replicas[1]))).toBe(true);
    await load.end();
    expect(await load.check([0, 1, 2])).toEqual([]);
    expect(witness.problems).toEqual([]);
  });
});

describe("a replica whose quorum needs a member that recovers", () => {
  it("is not ready before that one votes again, and says whom it waits for", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    await underLoad(load, 30);
    await load.end();
    await Promise.all([1, 2].map((index) => cluster.kill(index)));
    empty(cluster, 1);
    witness.lost(1);
    // One answer is not enough for it to come back by, but its link stands.
    await cluster.start(1);
    const left = cluster.replica(0);
    expect(await within(READY_MS, () => left.ready().why.includes("(r2)"))).toBe(true);
    expect(left.status()).toMatchObject({ mode: "normal", ready: false, quorum: { reached: true } });
    expect(left.explain().findings[0]).toMatchObject({
      severity: "critical",
      what: expect.stringContaining("1 recovers from a lost disk and cannot vote yet (r2)"),
    });
    const waiting = write(left, "SET waiting yes");
    await cluster.start(2);
    expect(await within(READY_MS, () => cluster.replicas.every(isServing))).toBe(true);
    expect(told(await waiting)).toBe("OK");
    expect(witness.problems).toEqual([]);
  });
});

describe("more is lost than the bounds allow", () => {
  it("an emptied disk while the one that answered is down: the third alone cannot bring it back", async () => {
    const { cluster, witness } = await open({ replicas: 3 });
    cluster.links.isolate(2);
    expect(await within(READY_MS, () => !isServing(cluster.replicas[2]))).toBe(true);
    // The second voted, the first answered, the third knows nothing of it.
    expect(told(await write(cluster.replica(0), "SET promised yes"))).toBe("OK");
    await Promise.all([cluster.kill(0), cluster.kill(1)]);
    empty(cluster, 1);
    witness.lost(1);
    cluster.links.rejoin(2);
    await cluster.start(1);
    expect(await within(READY_MS, () => cluster.replica(2).status().quorum.reached)).toBe(true);
    const answers: Outcome[] = [];
    cluster.replica(2).read(wordsOf("GET promised"), (outcome) => answers.push(outcome));
    await pause(1_500);
    expect(cluster.replica(1).status().mode).toBe("recovering");
    expect(answers).toEqual([]);
    await cluster.start(0);
    expect(await within(READY_MS, () => cluster.replicas.every(isServing))).toBe(true);
    for (const replica of cluster.replicas) expect(told(await read(replica!, "GET promised"))).toBe("yes");
    // A barrier asks again after a pause, so the older read may come after the newer ones.
    await within(READY_MS, () => answers.length > 0);
    expect(answers.map(told)).toEqual(["yes"]);
    expect(witness.problems).toEqual([]);
  });

  it("two of three: nothing is answered and nothing begun until one of them turns up with its data", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    await underLoad(load, 60);
    await load.end();
    await Promise.all([0, 1, 2].map((index) => cluster.kill(index)));
    const aside = `${cluster.directoryOf(1)}-unmounted`;
    renameSync(cluster.directoryOf(1), aside);
    empty(cluster, 2);
    witness.lost(1);
    witness.lost(2);
    await Promise.all([0, 1, 2].map((index) => cluster.start(index)));
    const answers: Outcome[] = [];
    for (const replica of cluster.replicas) {
      replica?.read(wordsOf("GET count"), (outcome) => answers.push(outcome));
      const notAfter = replica!.now() + 60_000;
      replica?.submit({ words: wordsOf("SET other history"), notAfter, user: "" }, (outcome) => answers.push(outcome));
    }
    await pause(1_500);
    // The one with its data waits for a second; the others refuse.
    expect(answers.map(({ kind }) => kind)).toEqual(["refused", "refused", "refused", "refused"]);
    expect(cluster.replicas.map((replica) => replica?.status().mode)).toEqual(["normal", "recovering", "recovering"]);
    expect(witness.problems).toEqual([]);

    await cluster.kill(1);
    empty(cluster, 1);
    renameSync(aside, cluster.directoryOf(1));
    await cluster.start(1);
    expect(await within(READY_MS, () => cluster.replicas.every(isServing))).toBe(true);
    expect(await load.check([0, 1, 2])).toEqual([]);
    // What waited was never refused, so it may have been done, everywhere or nowhere.
    const values = await Promise.all(cluster.replicas.map(async (replica) => told(await read(replica!, "GET other"))));
    expect(new Set(values).size).toBe(1);
  });

  it("all of three: nobody serves, whoever asks whom", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    await underLoad(load, 30);
    await load.end();
    await Promise.all([0, 1, 2].map((index) => cluster.kill(index)));
    for (const index of [0, 1, 2]) {
      empty(cluster, index);
      witness.lost(index);
    }
    await Promise.all([0, 1, 2].map((index) => cluster.start(index)));
    await pause(1_000);
    for (const replica of cluster.replicas) {
      expect(await write(replica!, "SET other history")).toMatchObject({ kind: "refused", reason: "recovering" });
      expect(replica?.status()).toMatchObject({ mode: "recovering", round: 0 });
    }
    expect(witness.problems).toEqual([]);
  });
});

describe("a data directory that lost part of itself", () => {
  it("without meta.json is refused as corrupt, and recovers once it was emptied", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    await underLoad(load, 30);
    await cluster.kill(2);
    unlinkSync(join(cluster.directoryOf(2), "meta.json"));
    await expect(cluster.start(2)).rejects.toMatchObject({ code: "corruption" });
    await expect(cluster.start(2, { rebuild: true })).rejects.toMatchObject({ code: "corruption" });
    empty(cluster, 2);
    witness.lost(2);
    const back = await cluster.start(2);
    expect(back.status().mode).toBe("recovering");
    expect(await within(READY_MS, () => isServing(back))).toBe(true);
    await load.end();
    expect(await load.check([0, 1, 2])).toEqual([]);
    expect(witness.problems).toEqual([]);
  });

  it("with nothing but meta.json, or without its log, recovers from the others", async () => {
    const { cluster, load, witness } = await open({ replicas: 3 });
    for (const lost of [["log"], ["log", "state-2"]]) {
      await underLoad(load, 30);
      await cluster.kill(2);
      for (const name of lost) rmSync(join(cluster.directoryOf(2), name), { recursive: true });
      witness.lost(2);
      const back = await cluster.start(2);
      expect(back.status().mode).toBe("recovering");
      expect(await within(READY_MS, () => isServing(back))).toBe(true);
      await load.end();
      expect(await load.check([0, 1, 2])).toEqual([]);
    }
    expect(cluster.replica(2).status().replica.incarnation).toBe(3);
    expect(witness.problems).toEqual([]);
  });
});
