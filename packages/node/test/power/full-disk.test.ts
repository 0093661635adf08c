// A disk that runs full under one member. While it is nearly full the member goes on from what it reserved and says so to
// its doors; when nothing is left it stops. Room ends either: by itself while it runs, at the next start once it stopped.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "@quorate/sim";
import { expect, it, onTestFinished } from "vitest";
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from "../../src/local-cluster.ts";
import { type Files, nodeFiles } from "../../src/storage/index.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { told, within, write } from "./ask.ts";
import { Load } from "./load.ts";

const SOON_MS = 30_000;
const PLENTY = 1024 * 1024 * 1024;

interface Room {
  /** Below this folder. */
  directory: string;
  bytes: number;
}

/** Files on a disk that has only so much room under one folder. */
function cramped(files: Files, room: Room): Files {
  const isFull = (path: string): boolean => path.startsWith(room.directory) && room.bytes <= 0;
  const full = (): Error => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  return {
    ...files,
    async create(path) {
      if (isFull(path)) throw full();
      const file = await files.create(path);
      return {
        size: file.size,
        write: (bytes, position) => file.write(bytes, position),
        writeLater: (bytes, position) => (isFull(path) ? Promise.reject(full()) : file.writeLater(bytes, position)),
        read: (into, position) => file.read(into, position),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
    freeBytes: (directory) => (directory.startsWith(room.directory) ? room.bytes : PLENTY),
  };
}

async function open(
  options: LocalClusterOptions = {},
): Promise<{ readonly cluster: LocalCluster; readonly room: Room }> {
  const room: Room = { directory: "/nowhere", bytes: PLENTY };
  const cluster = await createLocalCluster({ ...options, files: cramped(nodeFiles, room) });
  onTestFinished(() => cluster.close());
  room.directory = cluster.directoryOf(1);
  return { cluster, room };
}

it("nearly full is told and ends by itself, with nobody asking and commands going on meanwhile", async () => {
  const { cluster, room } = await open();
  const replica = cluster.replica(1);
  for (let times = 0; times < 2; times++) {
    room.bytes = 100 * 1024 * 1024;
    expect(await within(SOON_MS, () => replica.pressure === "soft")).toBe(true);
    expect(replica.status().storage.pressure).toBe("soft");
    expect(told(await write(replica, "DEL key"))).toBeTypeOf("number");
    room.bytes = PLENTY;
    expect(await within(SOON_MS, () => replica.pressure === "none")).toBe(true);
  }
  expect(cluster.replica(0).pressure).toBe("none");
});

it("full stops the member when its reserve is used up, says why, and loses nothing; with room it starts again", async () => {
  const { cluster, room } = await open();
  const load = new Load(cluster, createRng(5), 2);
  load.begin();
  expect(await within(SOON_MS, () => load.counts.acknowledged > 30)).toBe(true);
  room.bytes = 0;
  const full = cluster.replica(1);
  let stopped: { readonly failure: Error | undefined } | undefined;
  void full.stopped.then((how) => {
    stopped = how;
  });
  const bulk = "b".repeat(240_000);
  const isOver = (): boolean => stopped !== undefined;
  // Others write until the segments that it has are full.
  while (!isOver()) {
    await Promise.all([0, 0, 2, 2].map((index) => write(cluster.replica(index), `SET bulk:${index} ${bulk}`)));
  }
  expect(stopped?.failure).toMatchObject({ code: "disk-full" });
  expect(await write(full, "SET more 1")).toMatchObject({ kind: "refused", reason: "stopping" });
  await load.end();
  await cluster.stop(1);
  room.bytes = PLENTY;
  const back = await cluster.start(1);
  expect(await within(SOON_MS, () => back.ready().ready)).toBe(true);
  expect(back.status().replica.incarnation).toBe(1);
  expect(await load.check([0, 1, 2])).toEqual([]);
  expect(load.judge()).toEqual([]);
});

it("with no room for a snapshot the member that needs one says so and runs on; with room it takes it", async () => {
  let refused = 0;
  const { cluster, room } = await open({
    limits: { gcDepth: 24, weakDepth: 16, checkpointCommits: 32 },
    log: { ...SILENT, warn: (_, text) => (text === "a snapshot from a peer could not be taken in" ? refused++ : 0) },
  });
  await cluster.stop(1);
  const hasForgotten = (index: number): boolean =>
    !readdirSync(join(cluster.directoryOf(index), "log")).includes("0000000001.log");
  const bulk = "b".repeat(100_000);
  while (!hasForgotten(0) || !hasForgotten(2)) {
    await Promise.all([0, 2].map((index) => write(cluster.replica(index), `SET bulk:${index} ${bulk}`)));
  }
  room.bytes = 100 * 1024 * 1024;
  const back = await cluster.start(1);
  expect(await within(SOON_MS, () => refused > 1)).toBe(true);
  expect(await back.alive()).toBe(true);
  expect(back.ready().ready).toBe(false);
  room.bytes = PLENTY;
  expect(await within(SOON_MS, () => back.ready().ready)).toBe(true);
});
