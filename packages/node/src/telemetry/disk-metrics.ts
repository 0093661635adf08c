// Metrics of the disk under a data directory, looked at when somebody scrapes.
import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Instruments } from "./instruments.ts";

export function addDiskMetrics({ gauge }: Instruments, directory: string): void {
  gauge("store_bytes", "Bytes of the state on disk.", (put) => whereItCan(() => put(storeBytes(directory))));
  gauge("disk_free_bytes", "Free space on the file system of the data directory.", (put) =>
    whereItCan(() => {
      const { bavail, bsize } = statfsSync(directory);
      put(bavail * bsize);
    }),
  );
}

/** A disk that cannot be asked has no value, and must not take the other metrics with it. */
function whereItCan(read: () => void): void {
  try {
    read();
  } catch {
    // What is wrong with the disk, the log of the replica tells.
  }
}

/** The files of the state; its folder is another one after a loss. */
function storeBytes(directory: string): number {
  let bytes = 0;
  for (const name of readdirSync(directory)) {
    if (!name.startsWith("state-")) continue;
    for (const file of readdirSync(join(directory, name))) {
      bytes += statSync(join(directory, name, file), { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return bytes;
}
