// What a key costs on the store that replicas use, LMDB, as the number of keys grows: one key space of all types in turn,
// at names that are in no order, measured at each size on its way to the last. Everything that is measured is also on the
// device when its time is taken.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LmdbStore } from "../../packages/node/src/store/lmdb-store.ts";
import { Feeder, type Words } from "./feeder.ts";
import { NEW_KEYS } from "./new-keys.ts";

const COMMIT_COMMANDS = 500;
/** Commits between two flushes: a replica makes some before its timer is due. */
const FLUSH_COMMITS = 10;
const MEASURED = 5000;
const WARM_UP = 20_000;

const MAKERS = Object.values(NEW_KEYS);
const COMMANDS: Readonly<Record<string, (n: number, keys: number) => Words>> = {
  ...Object.fromEntries(
    Object.entries(NEW_KEYS).map(([type, make]) => [
      `${make("")[0]} of a new ${type}`,
      (n) => make(`new:${type}:${nameOf(n)}`),
    ]),
  ),
  // Every sixth key is a string.
  "GET of any string": (n, keys) => [
    "GET",
    nameOf(MAKERS.length * (Math.imul(n, 7919) % Math.ceil(keys / MAKERS.length))),
  ],
};

/** Names all over the key space, each once. */
function nameOf(n: number): string {
  return `key:${(Math.imul(n, 0x9e3779b1) >>> 0).toString(36)}`;
}

export async function benchKeySpace(sizes: readonly number[]): Promise<object[]> {
  const rows = Object.fromEntries(
    Object.keys(COMMANDS).map((command): [string, Record<string, unknown>] => [command, { command }]),
  );
  const first = new Map<string, number>();
  await withStore(async (space) => {
    await space.grow(WARM_UP);
    await space.measureAll(WARM_UP);
  });
  await withStore(async (space) => {
    let keys = 0;
    for (const size of sizes) {
      await space.grow(size, keys);
      keys = size;
      for (const [command, micros] of await space.measureAll(keys)) {
        const row = rows[command]!;
        if (!first.has(command)) first.set(command, micros);
        row[`us at ${size}`] = micros;
        if (size === sizes.at(-1)) row["last to first"] = `${(micros / first.get(command)!).toFixed(1)}x`;
      }
      console.error(`key space: ${space.keys} keys, ${(space.bytes() / space.keys).toFixed(0)} bytes each`);
    }
  });
  return Object.values(rows);
}

async function withStore(use: (space: KeySpace) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "quorate-key-space-"));
  const store = LmdbStore.open({ path, genesisHash: new Uint8Array(32) });
  try {
    await use(new KeySpace(store, path));
  } finally {
    await store.abandon();
    rmSync(path, { recursive: true, force: true });
  }
}

class KeySpace {
  readonly #feeder: Feeder<LmdbStore>;
  readonly #path: string;
  keys = 0;
  #measured = 0;

  constructor(store: LmdbStore, path: string) {
    this.#feeder = new Feeder(store);
    this.#path = path;
  }

  bytes(): number {
    return statSync(join(this.#path, "data.mdb")).blocks * 512;
  }

  async grow(to: number, from = 0): Promise<void> {
    this.keys += to - from;
    await this.#feed(to - from, (n) => MAKERS[(from + n) % MAKERS.length]!(nameOf(from + n)));
  }

  /** Microseconds of processor time a command, by command. */
  async measureAll(keys: number): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const [command, make] of Object.entries(COMMANDS)) {
      const began = process.cpuUsage();
      await this.#feed(MEASURED, (n) => make(this.#measured + n, keys));
      const { user, system } = process.cpuUsage(began);
      found.set(command, (user + system) / MEASURED);
    }
    this.#measured += MEASURED;
    this.keys += MAKERS.length * MEASURED;
    return found;
  }

  async #feed(count: number, make: (n: number) => Words): Promise<void> {
    const { machine, store } = this.#feeder;
    for (let start = 0; start < count; start += COMMIT_COMMANDS * FLUSH_COMMITS) {
      this.#feeder.feed(Math.min(COMMIT_COMMANDS * FLUSH_COMMITS, count - start), COMMIT_COMMANDS, make, start);
      store.release(machine.index);
      await store.flush();
    }
  }
}
