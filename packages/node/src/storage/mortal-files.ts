// A file layer with an end. Where several replicas live in one process, ending one of them as a killed process ends means
// that nothing it had begun goes on: no write and no sync after that moment, no answer to whoever waits for one, and the
// claim on its directory and its open files are let go.
//
// The law it keeps: after `end`, nothing is written, made, renamed or removed through it, and no call of before it that
// was still under way is ever answered. What the operating system had been given it keeps.
import type { Files, OpenFile } from "./files.ts";

export interface MortalFiles extends Files {
  /** Ends everything, now. Resolves when what was under way has let go, and another one may open the directory. */
  end(): Promise<void>;
}

/** The same files until the end. */
export function mortalFiles(files: Files): MortalFiles {
  return new Mortal(files);
}

const NEVER = new Promise<never>(() => undefined);

class Mortal implements MortalFiles {
  readonly #files: Files;
  readonly #open = new Set<OpenFile>();
  readonly #unlocks = new Set<() => Promise<void>>();
  readonly #underWay = new Set<Promise<unknown>>();
  #ended: Promise<void> | undefined;

  constructor(files: Files) {
    this.#files = files;
  }

  create(path: string): Promise<OpenFile> {
    return this.#opening(() => this.#files.create(path));
  }

  open(path: string): Promise<OpenFile> {
    return this.#opening(() => this.#files.open(path));
  }

  list(directory: string): Promise<string[]> {
    return this.#run(() => this.#files.list(directory));
  }

  makeDirectory(path: string): Promise<string | undefined> {
    return this.#run(() => this.#files.makeDirectory(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run(() => this.#files.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#run(() => this.#files.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#run(() => this.#files.syncDirectory(path));
  }

  freeBytes(directory: string): number {
    return this.#files.freeBytes(directory);
  }

  lock(directory: string): Promise<() => Promise<void>> {
    return this.#run(async () => {
      const unlock = await this.#files.lock(directory);
      this.#unlocks.add(unlock);
      return async () => {
        if (this.#unlocks.delete(unlock)) await unlock();
      };
    });
  }

  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    for (const file of this.#open) file.close();
    this.#open.clear();
    await Promise.all([...this.#unlocks].map((unlock) => unlock()));
    this.#unlocks.clear();
  }

  #opening(open: () => Promise<OpenFile>): Promise<OpenFile> {
    return this.#run(async () => {
      const file = await open();
      this.#open.add(file);
      return this.#wrap(file);
    });
  }

  #wrap(file: OpenFile): OpenFile {
    return {
      size: file.size,
      write: (bytes, position) => {
        if (this.#ended === undefined) file.write(bytes, position);
      },
      writeLater: (bytes, position) => this.#run(() => file.writeLater(bytes, position)),
      read: (into, position) => this.#run(() => file.read(into, position)),
      sync: () => this.#run(() => file.sync()),
      close: () => {
        if (this.#open.delete(file)) file.close();
      },
    };
  }

  /** Does it, unless it is too late for that; answers, unless it has become too late for that. */
  #run<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#ended !== undefined) return NEVER;
    const acting = act();
    this.#underWay.add(acting);
    const settled = (): void => {
      this.#underWay.delete(acting);
    };
    acting.then(settled, settled);
    return acting.then(
      (result) => (this.#ended === undefined ? result : NEVER),
      (error: unknown) => {
        if (this.#ended === undefined) throw error;
        return NEVER;
      },
    );
  }
}
