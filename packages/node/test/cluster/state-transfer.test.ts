// A member that was away for so long that the others gave up its part of the log comes back by a snapshot of many pieces,
// also when it is killed amid the transfer, and when it loses power with the state restored and its log not durable.
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { genesisHash } from "@quorate/core";
import { createMachine, cryptographicDigester, fastDigester } from "@quorate/machine";
import { describe, expect, it, onTestFinished } from "vitest";
import { createNodeCrypto } from "../../src/crypto/index.ts";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import type { RunningReplica } from "../../src/running-replica.ts";
import { nodeFiles, volatileFiles } from "../../src/storage/index.ts";
import { LmdbStore } from "../../src/store/index.ts";
import { SILENT } from "../../src/telemetry/log.ts";
import { pause, read, told, within, write } from "../power/ask.ts";
import { stateOf } from "../power/state-copies.ts";

const READY_MS = 60_000;
const LIMITS = { gcDepth: 24, weakDepth: 16, checkpointCommits: 32 };
const RESTORED = "restored the state of a peer's snapshot";

/** What the tests know of the state: large values under few keys, small ones under many. */
class Content {
  readonly values = new Map<string, string>();
  #step = 0;

  /** A round of writes, through all that run. */
  async write(replicas: readonly RunningReplica[]): Promise<void> {
    this.#step += 1;
    const large = `large:${this.#step % 50}`;
    const lines = replicas.map((replica, nth) => {
      if (nth === 0) return this.#set(replica, [[large, `${this.#step}:`.padEnd(150_000, "y")]]);
      return this.#set(
        replica,
        Array.from({ length: 20 }, (_, at) => [`small:${(this.#step * 20 + at) % 3_000}`, String(this.#step)]),
      );
    });
    for (const outcome of await Promise.all(lines)) expect(outcome).toBe("OK");
  }

  async compare(replica: RunningReplica): Promise<void> {
    const keys = [...this.values.keys()];
    for (let at = 0; at < keys.length; at += 500) {
      const part = keys.slice(at, at + 500);
      const found = told(await read(replica, `MGET ${part.join(" ")}`)) as string[];
      for (const [place, key] of part.entries()) {
        if (found[place] !== this.values.get(key)) expect.unreachable(`${key} is not what it was on ${replica.name}`);
      }
    }
  }

  async #set(replica: RunningReplica, entries: readonly (readonly [string, string])[]): Promise<unknown> {
    for (const [key, value] of entries) this.values.set(key, value);
    return told(await write(replica, `MSET ${entries.flat().join(" ")}`));
  }
}

/** Whether the log of that member begins later than its first segment. */
const hasReclaimed = (cluster: LocalCluster, index: number): boolean =>
  !readdirSync(join(cluster.directoryOf(index), "log")).includes("0000000001.log");

describe.each([
  { name: "three that may crash", replicas: 3, byzantine: 0 },
  { name: "four of which one may lie", replicas: 4, byzantine: 1 },
])("$name", ({ byzantine, replicas }) => {
  const away = replicas - 1;

  it("bring one back by a snapshot, whenever it is killed on the way", async () => {
    const directory = await mkdtemp(join(tmpdir(), "quorate-transfer-"));
    const disk = volatileFiles(nodeFiles);
    let pieces = 0;
    let onPiece = (): void => undefined;
    let onRestored = (): void => undefined;
    const cluster = await createLocalCluster({
      replicas,
      byzantine,
      directory,
      limits: LIMITS,
      files: disk,
      log: { ...SILENT, info: (_, message) => (message === RESTORED ? onRestored() : undefined) },
      wrapTransport: (transport, member) => ({
        open: (events) => transport.open(events),
        close: () => transport.close(),
        send: (to, channel, bytes) => {
          transport.send(to, channel, bytes);
          // Nothing else on this channel is so large at once.
          if (member === away || to !== away || channel !== "catch-up" || bytes.length < 400_000) return;
          pieces += 1;
          onPiece();
        },
      }),
    });
    onTestFinished(async () => {
      await cluster.close();
      await rm(directory, { recursive: true, force: true });
    });
    const content = new Content();
    for (let times = 0; times < 5; times++) await content.write(cluster.replicas.map((_, at) => cluster.replica(at)));
    await cluster.kill(away);
    const others = cluster.replicas.flatMap((replica) => (replica === undefined ? [] : [replica]));
    while (!others.every((_, index) => hasReclaimed(cluster, index))) await content.write(others);

    const powerless = (): void => {
      disk.losePower(() => 0, cluster.directoryOf(away));
      void cluster.kill(away);
    };
    // Amid the pieces, early and late.
    for (const after of [1, 6]) {
      pieces = 0;
      onPiece = () => {
        if (pieces === after) powerless();
      };
      await cluster.start(away);
      expect(await within(READY_MS, () => cluster.replicas[away] === undefined)).toBe(true);
      await cluster.kill(away);
    }
    onPiece = () => undefined;
    // With the state restored: at once, with its records on their way, and with them durable.
    for (const turns of [0, 1, 4, 30]) {
      onRestored = () => {
        let left = turns;
        const wait = (): void => {
          if (left-- === 0) powerless();
          else setImmediate(wait);
        };
        wait();
      };
      await cluster.start(away);
      const restoring = within(READY_MS, () => cluster.replicas[away] === undefined);
      // The others go on, so there is always something newer to fetch.
      for (let times = 0; times < 3; times++) await content.write(others);
      if (turns < 30) expect(await restoring).toBe(true);
      else await Promise.race([restoring, cluster.ready()]);
      onRestored = () => undefined;
      await cluster.kill(away);
      await pause(5);
    }
    const back = await cluster.start(away);
    expect(await within(READY_MS, () => back.ready().ready)).toBe(true);
    // Its state was never ahead of its log, so nothing ever counted as lost.
    expect(back.status().replica.incarnation).toBe(1);
    await content.write(cluster.replicas.map((_, at) => cluster.replica(at)));
    for (const replica of cluster.replicas) await content.compare(replica!);
    await sameDigests(cluster);
  });
});

/** Stops all when they have the same commits, and compares what their states add up to. */
async function sameDigests(cluster: LocalCluster): Promise<void> {
  const { genesis } = cluster;
  const replicas = cluster.replicas.map((_, index) => cluster.replica(index));
  const indexes = (): Set<number> => new Set(replicas.map(({ appliedIndex }) => appliedIndex));
  expect(await within(READY_MS, () => indexes().size === 1)).toBe(true);
  const flushed = (): boolean =>
    replicas.every((replica) => replica.status().storage.flushedIndex === replica.appliedIndex);
  expect(await within(READY_MS, flushed)).toBe(true);
  const directories = replicas.map((_, index) => cluster.directoryOf(index));
  await cluster.stop(0);
  for (const index of replicas.keys()) await cluster.kill(index);
  const crypto = createNodeCrypto({ publicKeys: [] });
  const digests = new Set<string>();
  for (const directory of directories) {
    const store = LmdbStore.open({ path: stateOf(directory)!, genesisHash: genesisHash(genesis, crypto) });
    const digester = genesis.fault.byzantine > 0 ? cryptographicDigester(crypto.hash) : fastDigester;
    const machine = createMachine({ store, digester, families: [] });
    expect(machine.scrub()).toBe(true);
    digests.add(`${machine.index} ${machine.digest}`);
    await store.close();
  }
  expect([...digests]).toHaveLength(1);
}
