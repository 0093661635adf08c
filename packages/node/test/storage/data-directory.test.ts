// What a replica may start as, after everything that can happen to its data directory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLocalCluster } from "../../src/local-cluster.ts";
import {
  createDataDirectory,
  type DataDirectory,
  type DataDirectoryOptions,
  type Files,
  nodeFiles,
  openDataDirectory,
  StorageError,
} from "../../src/storage/index.ts";
import { SEGMENT_HEADER_BYTES } from "../../src/storage/segment.ts";
import { deviceError, FULL_TODO } from "../../src/storage/storage-error.ts";
import { freshDirectory } from "../fresh-directory.ts";
import { MemoryFiles } from "./memory-files.ts";
import { IDENTITY, record, recordsOf } from "./open-log.ts";

const CLUSTER = { genesisHash: IDENTITY.genesisHash, clusterId: IDENTITY.clusterId };
const TUNING = { segmentBytes: 4096, reservedSegments: 1, softFreeBytes: 0, keepFreeBytes: 0 };

function open(files: MemoryFiles, options: Partial<DataDirectoryOptions> = {}): Promise<DataDirectory> {
  return openDataDirectory({
    ...CLUSTER,
    directory: "/data",
    durability: "fsync",
    files,
    bootId: "boot 1",
    tuning: TUNING,
    ...options,
  });
}

async function made(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  await createDataDirectory({ ...CLUSTER, directory: "/data", files });
  return files;
}

async function speak({ log }: DataDirectory, from: number, to: number): Promise<void> {
  for (let sequence = from; sequence <= to; sequence++) log.append([record(sequence, 300)]);
  await log.sync();
}

const ALL = { sector: () => true, names: (count: number) => count };
const NOTHING = { sector: () => false, names: () => 0 };
const withCode = (code: string) => (error: unknown) => error instanceof StorageError && error.code === code;

/** Real files, and which names had been made when their folder was last synced. */
function watched(): { readonly files: Files; readonly synced: Map<string, readonly string[]> } {
  const synced = new Map<string, readonly string[]>();
  const syncDirectory = async (path: string): Promise<void> => {
    const names = readdirSync(path);
    await nodeFiles.syncDirectory(path);
    synced.set(path, names);
  };
  return { files: { ...nodeFiles, syncDirectory }, synced };
}

describe("the names that a data directory rests on", () => {
  it("are on the device when it is made, those of the folders above it that were missing too", async () => {
    const above = freshDirectory("names");
    const { files, synced } = watched();
    await createDataDirectory({ ...CLUSTER, directory: join(above, "a", "data"), files });
    expect(synced.get(above)).toEqual(["a"]);
    expect(synced.get(join(above, "a"))).toEqual(["data"]);
    expect(synced.get(join(above, "a", "data"))).toContain("meta.json");
  });

  it("are on the device when the replica is open, those of its state too", async () => {
    const { files, synced } = watched();
    const cluster = await createLocalCluster({ replicas: 1, directory: freshDirectory("names"), files });
    onTestFinished(() => cluster.close());
    const directory = cluster.directoryOf(0);
    expect(synced.get(directory)).toEqual(expect.arrayContaining(["log", "meta.json", "state-1"]));
    expect(synced.get(join(directory, "state-1"))).toContain("data.mdb");
  });
});

describe("a data directory", () => {
  it("that a crash kept from giving up an earlier log gives it up at the next start", async () => {
    const directory = join(freshDirectory("stale"), "data");
    const options = { ...CLUSTER, directory, durability: "fsync", tuning: TUNING } as const;
    await createDataDirectory({ ...CLUSTER, directory });
    const first = await openDataDirectory(options);
    await speak(first, 1, 60);
    await first.close();
    const log = join(directory, "log");
    const earlier = readdirSync(log).map((name) => readFileSync(join(log, name)).subarray(0, SEGMENT_HEADER_BYTES));
    expect(earlier.length).toBeGreaterThan(3);
    const crashing = { ...nodeFiles, remove: () => Promise.reject(new Error("crash")) };
    await expect(openDataDirectory({ ...options, files: crashing, distrust: "rot" })).rejects.toThrow("crash");
    const second = await openDataDirectory(options);
    expect(second.start.kind).toBe("amnesia");
    for (const name of readdirSync(log)) {
      const bytes = readFileSync(join(log, name));
      expect(earlier.some((header) => bytes.indexOf(header) === 0)).toBe(false);
    }
    await second.close();
  });

  it("starts fresh until something was said, and restarts from then on", async () => {
    const files = await made();
    let data = await open(files);
    expect(data.start).toEqual({ kind: "fresh" });
    await data.close();
    data = await open(files);
    expect(data.start).toEqual({ kind: "fresh" });
    await speak(data, 1, 20);
    await data.close();
    data = await open(files);
    expect(data.start).toEqual({ kind: "restart" });
    expect((await recordsOf(data.log)).length).toBe(20);
    expect((await open(files.afterPowerLoss(NOTHING))).start).toEqual({ kind: "restart" });
    expect((await open(files.afterKill())).start).toEqual({ kind: "restart" });
  });

  it("that is empty, or lost its log, is amnesia, until the core has said so in the new log", async () => {
    let files = new MemoryFiles();
    for (let life = 0; life < 3; life++) {
      const data = await open(files);
      expect(data.start.kind).toBe("amnesia");
      expect(data.incarnation).toBe(1);
      files = life === 0 ? files.afterPowerLoss(NOTHING) : files.afterKill();
    }
    let data = await open(files);
    data.log.append([record(1, 0, "amnesia")]);
    await data.log.sync();
    files = files.afterPowerLoss(NOTHING);
    data = await open(files);
    expect(data.start).toEqual({ kind: "restart" });
    await data.close();
    await files.remove("/data/log");
    data = await open(files);
    expect(data.start.kind).toBe("amnesia");
    expect(data.incarnation).toBe(2);
    expect(data.statePath).toBe("/data/state-2");
  });

  it("whose log is gone never starts fresh, not even when it never said a word", async () => {
    const files = await made();
    await (await open(files)).close();
    await files.remove("/data/log");
    expect((await open(files)).start.kind).toBe("amnesia");
  });

  it("under durability os survives kills and orderly stops, and is amnesia after the machine went down", async () => {
    const files = await made();
    let data = await open(files, { durability: "os" });
    await speak(data, 1, 30);
    expect((await open(files.afterKill(), { durability: "os" })).start).toEqual({ kind: "restart" });
    for (const loss of [ALL, NOTHING]) {
      const crashed = await open(files.afterPowerLoss(loss), { durability: "fsync", bootId: "boot 2" });
      expect(crashed.start.kind).toBe("amnesia");
      expect(await recordsOf(crashed.log)).toEqual([]);
    }
    await data.close();
    data = await open(files.afterPowerLoss(NOTHING), { durability: "os", bootId: "boot 2" });
    expect(data.start).toEqual({ kind: "restart" });
    expect((await recordsOf(data.log)).length).toBe(30);
  });

  it("under durability memory is amnesia at every start after the first", async () => {
    const files = await made();
    const data = await open(files, { durability: "memory" });
    expect(data.start).toEqual({ kind: "fresh" });
    await speak(data, 1, 3);
    await data.close();
    for (const durability of ["memory", "fsync"] as const)
      expect((await open(files.afterKill(), { durability })).start.kind).toBe("amnesia");
  });

  it("with rot in it is refused, and rebuilt from peers when asked for", async () => {
    const files = await made();
    const data = await open(files);
    await speak(data, 1, 5);
    await data.close();
    const bytes = files.bytesOf("/data/log/0000000001.log");
    bytes[bytes.indexOf(record(2, 300).bytes) + 9]! ^= 16;
    await expect(open(files)).rejects.toSatisfy(withCode("corruption"));
    const rebuilt = await open(files, { rebuild: true });
    expect(rebuilt.start.kind).toBe("amnesia");
    expect(rebuilt.incarnation).toBe(2);
    expect(await recordsOf(rebuilt.log)).toEqual([]);
  });

  it("stays amnesia wherever the power goes while it begins anew", async () => {
    const files = await made();
    await (await open(files, { durability: "memory" })).close();
    const left: MemoryFiles[] = [];
    const counted = files.afterKill();
    counted.onStep = () => {
      left.push(counted.afterPowerLoss(ALL), counted.afterPowerLoss(NOTHING));
    };
    await open(counted);
    expect(left.length).toBeGreaterThan(10);
    for (const crash of left) expect((await open(crash)).start.kind).toBe("amnesia");
  });

  it("of another cluster, another genesis or another version is refused before anything is touched", async () => {
    const files = await made();
    await (await open(files)).close();
    const before = files.paths.map((path) => files.bytesOf(path).toString("hex"));
    await expect(open(files, { clusterId: "ff".repeat(16) })).rejects.toSatisfy(withCode("configuration"));
    await expect(open(files, { genesisHash: new Uint8Array(32) })).rejects.toSatisfy(withCode("configuration"));
    expect(files.paths.map((path) => files.bytesOf(path).toString("hex"))).toEqual(before);
    await expect(createDataDirectory({ ...CLUSTER, directory: "/data", files })).rejects.toSatisfy(
      withCode("configuration"),
    );
    await files.remove("/data/meta.json");
    await expect(open(files)).rejects.toSatisfy(withCode("corruption"));
  });

  it("lets doors refuse growth while the disk is full, goes on from its reserve, and recovers by itself", async () => {
    const files = await made();
    const pressures: string[] = [];
    const data = await open(files, { onPressure: (pressure) => pressures.push(pressure) });
    const log = data.blockLog!;
    await log.checkSpace();
    expect(log.pressure).toBe("none");
    // Room for what there is and a few bytes more: no further segment.
    files.capacityBytes = log.bytes + 3000;
    let sequence = 0;
    const fill = async (): Promise<void> => {
      log.append([record((sequence += 1), 1000)]);
      await log.sync();
    };
    while (log.pressure !== "soft") await fill();
    await fill();
    files.capacityBytes = Number.POSITIVE_INFINITY;
    expect(await log.checkSpace()).toBe("none");
    files.capacityBytes = log.bytes + 3000;
    await expect(
      (async () => {
        for (let more = 0; more < 50; more++) await fill();
      })(),
    ).rejects.toMatchObject({ code: "disk-full", message: expect.stringContaining(FULL_TODO) });
    const full = Object.assign(new Error("full"), { code: "ENOSPC" });
    expect(deviceError("write", full)).toMatchObject({
      code: "disk-full",
      message: expect.stringContaining(FULL_TODO),
    });
    expect(pressures.slice(0, 3)).toEqual(["soft", "none", "soft"]);
    expect(pressures.at(-1)).toBe("hard");
    files.capacityBytes = Number.POSITIVE_INFINITY;
    const again = await open(files.afterPowerLoss(NOTHING));
    expect((await recordsOf(again.log)).length).toBe(sequence - 1);
  });

  it("is opened by one process at a time, however the last one ended", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-data-"));
    const options = { ...CLUSTER, directory, durability: "fsync" as const, tuning: TUNING };
    try {
      await createDataDirectory({ ...CLUSTER, directory });
      const [one, two] = await Promise.allSettled([openDataDirectory(options), openDataDirectory(options)]);
      const opened = [one, two].filter((result) => result.status === "fulfilled");
      expect(opened.length).toBe(1);
      expect([one, two].find((result) => result.status === "rejected")?.reason).toSatisfy(
        withCode("data-directory-in-use"),
      );
      await expect(openDataDirectory(options)).rejects.toSatisfy(withCode("data-directory-in-use"));
      await opened[0]!.value.close();
      await (await openDataDirectory(options)).close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is held by a living process, and free again, with all that was durable, once that was killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-data-"));
    const options = { ...CLUSTER, directory, durability: "fsync" as const, tuning: TUNING };
    const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const program = fileURLToPath(new URL("hold-directory.ts", import.meta.url));
    try {
      await createDataDirectory({ ...CLUSTER, directory });
      const child = spawn(process.execPath, ["--conditions=@quorate/source", "--import", loader, program, directory], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await expect(openDataDirectory(options)).rejects.toSatisfy(withCode("data-directory-in-use"));
      child.kill("SIGKILL");
      await once(child, "exit");
      // Several at once find the dead claim; one gets the directory.
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => openDataDirectory(options)));
      const opened = results.filter((result) => result.status === "fulfilled");
      expect(opened.length).toBe(1);
      expect(opened[0]!.value.start).toEqual({ kind: "restart" });
      expect((await recordsOf(opened[0]!.value.log)).length).toBe(50);
      await opened[0]!.value.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
