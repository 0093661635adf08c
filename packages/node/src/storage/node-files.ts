// The file layer on the operating system. Writes of the log are made on the spot, because handing some kilobytes to the
// page cache takes less time than handing them to another thread; whatever waits for the device goes to libuv's threads.
import { close, fdatasync, fstatSync, fsync, open, read, statfsSync, write, writeSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { lockDirectory } from "./directory-lock.ts";
import type { Files, OpenFile } from "./files.ts";

const openPath = promisify(open);
const readAt = promisify(read);
const writeAt = promisify(write);
const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);
const closeFd = promisify(close);

class NodeFile implements OpenFile {
  readonly size: number;
  readonly #fd: number;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.size = fstatSync(fd).size;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
  }

  async writeLater(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await writeAt(this.#fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await readAt(this.#fd, into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  sync(): Promise<void> {
    return syncData(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    close(this.#fd);
  }
}

export const nodeFiles: Files = {
  async create(path) {
    return new NodeFile(await openPath(path, "w+", 0o600));
  },
  async open(path) {
    return new NodeFile(await openPath(path, "r+"));
  },
  async list(directory) {
    try {
      return (await readdir(directory)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  },
  makeDirectory(path) {
    return mkdir(path, { recursive: true, mode: 0o700 });
  },
  rename,
  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },
  async syncDirectory(path) {
    const fd = await openPath(path, "r");
    try {
      await syncAll(fd);
    } finally {
      await closeFd(fd);
    }
  },
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
  lock: lockDirectory,
};
