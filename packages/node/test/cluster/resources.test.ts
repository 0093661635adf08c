// A cluster in this process leaves nothing behind: no timer, no file handle, no socket, no file mapped into memory, however
// its replicas ended.
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLocalCluster } from "../../src/local-cluster.ts";
import { nodeFiles, volatileFiles } from "../../src/storage/index.ts";
import { pause, told, within, write } from "../power/ask.ts";

/** What this process holds of that folder, by name, and what keeps it awake. */
function held(directory: string): { readonly files: string[]; readonly maps: string[]; readonly awake: number } {
  const files: string[] = [];
  for (const handle of readdirSync("/proc/self/fd")) {
    try {
      const path = readlinkSync(`/proc/self/fd/${handle}`);
      if (path.startsWith(directory)) files.push(path);
    } catch {
      // The handle by which the folder itself is read is gone by now.
    }
  }
  const maps = readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));
  return { files, maps, awake: process.getActiveResourcesInfo().filter((name) => name !== "FSReqCallback").length };
}

it.skipIf(!existsSync("/proc/self/maps"))(
  "nothing is left of replicas that were closed, killed, or began anew",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-resources-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const { awake } = held(directory);
    const disk = volatileFiles(nodeFiles);
    const cluster = await createLocalCluster({ directory, files: disk });
    const work = async (): Promise<void> => {
      const running = cluster.replicas.filter((replica) => replica !== undefined);
      const writes = Array.from({ length: 30 }, (_, nth) =>
        write(running[nth % running.length]!, `SET k${nth} ${nth}`),
      );
      for (const outcome of await Promise.all(writes)) expect(told(outcome)).toBe("OK");
    };
    await work();
    expect(held(directory).files.length).toBeGreaterThan(10);
    expect(held(directory).maps.length).toBeGreaterThan(2);

    await cluster.stop(1);
    await cluster.kill(2);
    const those = [cluster.directoryOf(1), cluster.directoryOf(2)];
    // Handles are given back a moment after they were closed.
    const isFree = (): boolean => those.every((each) => held(each).files.length + held(each).maps.length === 0);
    expect(await within(5_000, isFree)).toBe(true);
    rmSync(cluster.directoryOf(2), { recursive: true });
    await Promise.all([cluster.start(1), cluster.start(2)]);
    await cluster.ready();
    await work();

    // All at once, with syncs and flushes under way.
    void work().catch(() => undefined);
    await pause(3);
    disk.losePower(() => 0);
    await Promise.all(cluster.replicas.map((_, index) => cluster.kill(index)));
    expect(await within(5_000, () => held(directory).files.length === 0)).toBe(true);
    expect(held(directory).maps).toEqual([]);
    await Promise.all(cluster.replicas.map((_, index) => cluster.start(index)));
    await cluster.ready();
    await work();

    await cluster.close();
    expect(await within(5_000, () => held(directory).files.length === 0)).toBe(true);
    expect(held(directory).maps).toEqual([]);
    expect(await within(5_000, () => held(directory).awake <= awake)).toBe(true);
  },
);
