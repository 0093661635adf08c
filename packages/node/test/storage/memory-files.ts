// A disk for tests: it keeps what was written apart from what was synced, and can lose power between any two of them.
// Then each sector written since the last sync of its file is the old or the new one, as the test chooses, and names
// made or removed since the last sync of their folder come and go from the front of the line.
//
// A sector is written as a whole. Names of a folder change in order, as journalling file systems do.
import { dirname } from "node:path";
import { type Files, type OpenFile, StorageError } from "../../src/storage/index.ts";

export const SECTOR_BYTES = 512;

interface Content {
  /** What a read finds. */
  bytes: Buffer;
  /** What the device has. */
  durable: Buffer;
  /** Sectors that differ, or may. */
  dirty: Set<number>;
}

interface NameChange {
  readonly path: string;
  readonly to: Content | undefined;
}

/** Which sectors of how many, and how many of the changes of names, made it to the device. */
export interface PowerLoss {
  readonly sector: () => boolean;
  readonly names: (count: number) => number;
}

export class MemoryFiles implements Files {
  /** Names as a reader finds them, and as the device has them. */
  readonly #names = new Map<string, Content>();
  readonly #durableNames = new Map<string, Content>();
  #changes: NameChange[] = [];
  readonly #locks = new Set<string>();
  /** Room in all; making a file longer than that is refused. */
  capacityBytes: number = Number.POSITIVE_INFINITY;
  /** Syncs do nothing: what a canary does. */
  lying = false;
  syncs = 0;
  /** Called before every write and sync, so that a test can cut the power there. */
  onStep: () => void = () => undefined;

  create(path: string): Promise<OpenFile> {
    const content: Content = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: new Set() };
    this.#rename(path, content);
    return Promise.resolve(this.#handle(content));
  }

  open(path: string): Promise<OpenFile> {
    const content = this.#names.get(path);
    if (content === undefined) return Promise.reject(Object.assign(new Error(`no file ${path}`), { code: "ENOENT" }));
    return Promise.resolve(this.#handle(content));
  }

  list(directory: string): Promise<string[]> {
    const names = [...this.#names.keys()].filter((path) => path.startsWith(`${directory}/`));
    return Promise.resolve([...new Set(names.map((path) => path.slice(directory.length + 1).split("/")[0]!))].sort());
  }

  makeDirectory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  rename(from: string, to: string): Promise<void> {
    const content = this.#names.get(from);
    if (content === undefined) return Promise.reject(Object.assign(new Error(`no file ${from}`), { code: "ENOENT" }));
    this.#rename(from, undefined);
    this.#rename(to, content);
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    for (const name of [...this.#names.keys()])
      if (name === path || name.startsWith(`${path}/`)) this.#rename(name, undefined);
    return Promise.resolve();
  }

  syncDirectory(path: string): Promise<void> {
    this.onStep();
    if (this.lying) return Promise.resolve();
    this.#changes = this.#changes.filter((change) => {
      if (dirname(change.path) !== path) return true;
      this.#applyName(this.#durableNames, change);
      return false;
    });
    return Promise.resolve();
  }

  freeBytes(): number {
    return this.capacityBytes - this.#usedBytes();
  }

  lock(directory: string): Promise<() => Promise<void>> {
    if (this.#locks.has(directory)) {
      return Promise.reject(new StorageError("data-directory-in-use", `${directory} is in use`));
    }
    this.#locks.add(directory);
    return Promise.resolve(() => {
      this.#locks.delete(directory);
      return Promise.resolve();
    });
  }

  /** The disk that a machine finds when power comes back. */
  afterPowerLoss({ sector, names }: PowerLoss): MemoryFiles {
    const left = new Map(this.#durableNames);
    for (const change of this.#changes.slice(0, names(this.#changes.length))) this.#applyName(left, change);
    return MemoryFiles.#of(left, (content) => {
      const bytes = Buffer.from(content.bytes);
      for (const at of content.dirty) {
        if (sector()) continue;
        const from = at * SECTOR_BYTES;
        const to = Math.min(from + SECTOR_BYTES, bytes.length);
        bytes.fill(0, from, to);
        if (from < content.durable.length) content.durable.copy(bytes, from, from, to);
      }
      return bytes;
    });
  }

  /** What another process finds after this one was killed: the operating system forgets nothing, and promises no more. */
  afterKill(): MemoryFiles {
    const files = new MemoryFiles();
    const copies = new Map<Content, Content>();
    const copy = (content: Content): Content => {
      const known = copies.get(content);
      if (known !== undefined) return known;
      const { bytes, durable, dirty } = content;
      const made = { bytes: Buffer.from(bytes), durable: Buffer.from(durable), dirty: new Set(dirty) };
      copies.set(content, made);
      return made;
    };
    for (const [path, content] of this.#names) files.#names.set(path, copy(content));
    for (const [path, content] of this.#durableNames) files.#durableNames.set(path, copy(content));
    files.#changes = this.#changes.map(({ path, to }) => ({ path, to: to && copy(to) }));
    return files;
  }

  /** The bytes of a file as a reader finds them, to be spoilt. */
  bytesOf(path: string): Buffer {
    return this.#names.get(path)!.bytes;
  }

  get paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  static #of(names: ReadonlyMap<string, Content>, read: (content: Content) => Buffer): MemoryFiles {
    const files = new MemoryFiles();
    for (const [path, content] of names) {
      const bytes = read(content);
      const copy: Content = { bytes, durable: Buffer.from(bytes), dirty: new Set() };
      files.#names.set(path, copy);
      files.#durableNames.set(path, copy);
    }
    return files;
  }

  #handle(content: Content): OpenFile {
    let closed = false;
    const usable = (): void => {
      if (closed) throw Object.assign(new Error("the file is closed"), { code: "EBADF" });
    };
    const write = (bytes: Uint8Array, position: number): void => {
      usable();
      this.onStep();
      this.#write(content, bytes, position);
    };
    return {
      size: content.bytes.length,
      write,
      writeLater: async (bytes, position) => write(bytes, position),
      read: async (into, position) => {
        usable();
        return content.bytes.copy(
          into,
          0,
          position,
          Math.max(position, Math.min(content.bytes.length, position + into.length)),
        );
      },
      sync: async () => {
        usable();
        this.onStep();
        this.syncs += 1;
        const promised = [...content.dirty];
        // The device takes its time, and others go on meanwhile.
        await Promise.resolve();
        if (this.lying) return;
        this.#flush(content, promised);
      },
      close: () => {
        closed = true;
      },
    };
  }

  #write(content: Content, bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > content.bytes.length) {
      const growth = end - content.bytes.length;
      if (this.#usedBytes() + growth > this.capacityBytes) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      content.bytes = Buffer.concat([content.bytes, Buffer.alloc(growth)]);
    }
    content.bytes.set(bytes, position);
    for (let at = Math.floor(position / SECTOR_BYTES); at * SECTOR_BYTES < end; at++) content.dirty.add(at);
  }

  #flush(content: Content, sectors: readonly number[]): void {
    if (content.durable.length < content.bytes.length) {
      content.durable = Buffer.concat([content.durable, Buffer.alloc(content.bytes.length - content.durable.length)]);
    }
    for (const at of sectors) {
      content.bytes.copy(content.durable, at * SECTOR_BYTES, at * SECTOR_BYTES, (at + 1) * SECTOR_BYTES);
      content.dirty.delete(at);
    }
  }

  #rename(path: string, to: Content | undefined): void {
    const change = { path, to };
    this.#applyName(this.#names, change);
    this.#changes.push(change);
  }

  #applyName(names: Map<string, Content>, { path, to }: NameChange): void {
    if (to === undefined) names.delete(path);
    else names.set(path, to);
  }

  #usedBytes(): number {
    let used = 0;
    for (const content of this.#names.values()) used += content.bytes.length;
    return used;
  }
}
