// Three replicas in an application of one's own, without the command: keys, genesis, data directories, TLS between them,
// one of them started again on what it left.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { freePorts } from "../../../../bench/cluster/ports.ts";
import {
  call,
  createReplica,
  type Genesis,
  type KeyPair,
  type Listen,
  makeKeyPair,
  newDataDirectory,
  newGenesis,
  printGenesis,
  type RunningReplica,
  readGenesis,
  readPrivateKey,
  StorageError,
  whenReady,
  writePrivateKey,
} from "../../src/index.ts";

const running = new Set<RunningReplica>();
const folders: string[] = [];
afterEach(async () => {
  await Promise.all([...running].map((replica) => replica.close()));
  running.clear();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const NAMES = ["a", "b", "c"];

interface Cluster {
  readonly folder: string;
  readonly keys: readonly KeyPair[];
  readonly genesis: Genesis;
  readonly peers: ReadonlyMap<string, Listen>;
}

async function newCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-embedding-"));
  folders.push(folder);
  const keys = NAMES.map(makeKeyPair);
  const members = NAMES.map((name, at) => ({ name, stake: 1, publicKey: keys[at]!.publicKey }));
  const genesis = newGenesis({ members, fault: { crash: 1, byzantine: 0 } });
  for (const name of NAMES) await newDataDirectory({ directory: join(folder, name), genesis });
  const ports = await freePorts(NAMES.length);
  const peers = new Map(NAMES.map((name, at) => [name, { host: "127.0.0.1", port: ports[at]! }] as const));
  return { folder, keys, genesis, peers };
}

async function open(cluster: Cluster, name: string): Promise<RunningReplica> {
  const { folder, genesis, keys, peers } = cluster;
  const replica = await createReplica({
    genesis,
    member: name,
    privateKey: keys[NAMES.indexOf(name)]!.privateKey,
    directory: join(folder, name),
    listen: peers.get(name)!,
    peers,
  });
  running.add(replica);
  return replica;
}

it("three replicas made by hand serve, and one comes back with what it had", async () => {
  const cluster = await newCluster();
  const [a, b, c] = await Promise.all(NAMES.map((name) => open(cluster, name)));
  await Promise.all([a!, b!, c!].map((replica) => whenReady(replica)));
  expect(await call(a!, "SET", "k", "1")).toBe("OK");
  await b!.close();
  running.delete(b!);
  expect(await call(c!, "INCR", "k")).toBe(2);
  const back = await open(cluster, "b");
  await whenReady(back);
  expect(await call(back, "GET", "k")).toBe("2");
});

it("one alone is open but not ready, and says so in time", async () => {
  const cluster = await newCluster();
  const alone = await open(cluster, "a");
  await expect(whenReady(alone, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: "TimeoutError" });
  const waiting = whenReady(alone);
  await alone.close();
  await expect(waiting).rejects.toThrow("a was closed before it was ready");
});

it("a data directory is made once, and genesis and keys come back from their files", async () => {
  const { folder, genesis, keys } = await newCluster();
  await expect(newDataDirectory({ directory: join(folder, "a"), genesis })).rejects.toBeInstanceOf(StorageError);
  expect(readGenesis(printGenesis(genesis), "genesis.json")).toEqual(genesis);
  const path = join(folder, "key.pem");
  await writePrivateKey(path, keys[0]!.privateKey);
  expect((await readPrivateKey(path)).equals(keys[0]!.privateKey)).toBe(true);
});
