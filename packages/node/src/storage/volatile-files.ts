// A file layer that keeps what was written in this process until it is synced. Dropping it is then losing power: tests of
// whole replicas kill them all at once and find what a disk would have had, where the real page cache would have kept
// everything. Told to lie, it never hands anything on: the canary that such a test must catch.
//
// The law it keeps: what a sync has confirmed is with the files below. Of everything else a loss of power leaves as much
// as the test decides: of each file the first so many writes, the next one perhaps torn, those of a sync under way
// among them.
import type { Files, OpenFile } from "./files.ts";

/** How many of that many bytes, written and not confirmed, the device has when the power goes. */
export type Survival = (bytes: number) => number;

export interface VolatileFiles extends Files {
  /** From now on syncs confirm what they did not do. */
  lying: boolean;
  /**
   * The power goes, now: nothing of an open file comes to the device after this, and no sync is confirmed. The process
   * has to end with it. With a folder: only the machine that holds this one loses it.
   */
  losePower(survives: Survival, directory?: string): void;
}

interface Write {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** The same files, seen through a cache that dies with the process. */
export function volatileFiles(files: Files, options: { readonly lying: boolean } = { lying: false }): VolatileFiles {
  const opened = new Set<VolatileFile>();
  const wrap = (path: string, file: OpenFile): OpenFile => {
    const made = new VolatileFile(path, file, () => cache.lying, opened);
    opened.add(made);
    return made;
  };
  const cache: VolatileFiles = {
    lying: options.lying,
    losePower(survives, directory = "") {
      for (const file of opened) {
        if (!file.path.startsWith(directory)) continue;
        file.losePower(survives);
        opened.delete(file);
      }
    },
    create: async (path) => wrap(path, await files.create(path)),
    open: async (path) => wrap(path, await files.open(path)),
    list: (directory) => files.list(directory),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    freeBytes: (directory) => files.freeBytes(directory),
    lock: (directory) => files.lock(directory),
  };
  return cache;
}

const POWERLESS = "the power is gone";

class VolatileFile implements OpenFile {
  readonly path: string;
  readonly size: number;
  readonly #file: OpenFile;
  readonly #isLying: () => boolean;
  readonly #opened: Set<VolatileFile>;
  /** In order, not on the device. */
  #writes: Write[] = [];
  /** The last sync that was asked for. */
  #syncing: Promise<void> = Promise.resolve();
  #dead = false;

  constructor(path: string, file: OpenFile, isLying: () => boolean, opened: Set<VolatileFile>) {
    this.path = path;
    this.size = file.size;
    this.#file = file;
    this.#isLying = isLying;
    this.#opened = opened;
  }

  write(bytes: Uint8Array, position: number): void {
    if (!this.#dead) this.#writes.push({ bytes: Uint8Array.from(bytes), position });
  }

  // Bulk is zeros of segments that nobody counts on before they are synced and named.
  writeLater(bytes: Uint8Array, position: number): Promise<void> {
    return this.#dead ? Promise.reject(new Error(POWERLESS)) : this.#file.writeLater(bytes, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    // Those of now: a sync that ends while the device reads hands some on too late for that, and keeps them no more.
    const writes = [...this.#writes];
    let length = await this.#file.read(into, position);
    for (const write of writes) {
      const from = Math.max(write.position, position);
      const to = Math.min(write.position + write.bytes.length, position + into.length);
      if (from >= to) continue;
      into.set(write.bytes.subarray(from - write.position, to - write.position), from - position);
      length = Math.max(length, to - position);
    }
    return length;
  }

  /** One at a time, so that what is confirmed is a prefix of what was written. */
  sync(): Promise<void> {
    if (this.#dead) return Promise.reject(new Error(POWERLESS));
    if (this.#isLying()) return Promise.resolve();
    const promised = this.#writes.length === 0 ? undefined : this.#writes.at(-1);
    const syncing = this.#syncing.then(() => this.#sync(promised));
    this.#syncing = syncing.catch(() => undefined);
    return syncing;
  }

  close(): void {
    this.#opened.delete(this);
    this.#file.close();
  }

  losePower(survives: Survival): void {
    this.#dead = true;
    const writes = this.#writes;
    this.#writes = [];
    let left = survives(writes.reduce((sum, { bytes }) => sum + bytes.length, 0));
    for (const { bytes, position } of writes) {
      if (left <= 0) return;
      this.#file.write(bytes.subarray(0, left), position);
      left -= bytes.length;
    }
  }

  async #sync(promised: Write | undefined): Promise<void> {
    // The device takes its time; when the power goes meanwhile, nobody knows how far it got.
    await this.#file.sync();
    if (this.#dead) throw new Error(POWERLESS);
    const count = promised === undefined ? 0 : this.#writes.indexOf(promised) + 1;
    for (const { bytes, position } of this.#writes.splice(0, count)) this.#file.write(bytes, position);
  }
}
