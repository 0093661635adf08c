// A file layer that keeps what was written in this process until it is synced. Ending the process is then losing power:
// tests of whole replicas kill them and find what a disk would have had, where the real page cache would have kept all.
// Told to lie, it never hands anything on: the canary that such a test must catch.
import type { Files, OpenFile } from "./files.ts";

interface Write {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** The same files, seen through a cache that dies with the process. */
export function volatileFiles(files: Files, options: { readonly lying: boolean } = { lying: false }): Files {
  const wrap = (file: OpenFile): OpenFile => new VolatileFile(file, options.lying);
  return {
    create: async (path) => wrap(await files.create(path)),
    open: async (path) => wrap(await files.open(path)),
    list: (directory) => files.list(directory),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    freeBytes: (directory) => files.freeBytes(directory),
    lock: (directory) => files.lock(directory),
  };
}

class VolatileFile implements OpenFile {
  readonly size: number;
  readonly #file: OpenFile;
  readonly #lying: boolean;
  #writes: Write[] = [];

  constructor(file: OpenFile, lying: boolean) {
    this.size = file.size;
    this.#file = file;
    this.#lying = lying;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#writes.push({ bytes: Uint8Array.from(bytes), position });
  }

  // Bulk is zeros of segments that nobody counts on before they are synced and named.
  writeLater(bytes: Uint8Array, position: number): Promise<void> {
    return this.#file.writeLater(bytes, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let length = await this.#file.read(into, position);
    for (const write of this.#writes) {
      const from = Math.max(write.position, position);
      const to = Math.min(write.position + write.bytes.length, position + into.length);
      if (from >= to) continue;
      into.set(write.bytes.subarray(from - write.position, to - write.position), from - position);
      length = Math.max(length, to - position);
    }
    return length;
  }

  async sync(): Promise<void> {
    if (this.#lying) return;
    const writes = this.#writes;
    for (const { bytes, position } of writes) this.#file.write(bytes, position);
    this.#writes = [];
    await this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }
}
