// A whole cluster in this process: for tests and for applications that want one without servers. The real replicas, the
// real log on the real disk; only the links are made of memory. Replicas can be stopped, killed and started again, and
// links cut, so that an application's own tests can see what it does when that happens.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AuthorIndex,
  ConfigurationError,
  defaultCrash,
  type Genesis,
  genesisHash,
  type Limits,
  type Transport,
} from "@quorate/core";
import { newGenesis } from "./config/genesis-file.ts";
import { createNodeCrypto, type KeyPair, makeKeyPair } from "./crypto/index.ts";
import { type OpenedReplica, openReplica, type ReplicaOptions } from "./replica.ts";
import type { RunningReplica } from "./running-replica.ts";
import { createDataDirectory, type MortalFiles, mortalFiles, nodeFiles } from "./storage/index.ts";
import { createMemoryHub, type MemoryHub } from "./transport/index.ts";

export interface LocalClusterOptions
  extends Pick<ReplicaOptions, "durability" | "modules" | "guard" | "log" | "clock" | "files"> {
  /** How many; 3 unless given. */
  readonly replicas?: number;
  /** How many may lie; 0 unless given. */
  readonly byzantine?: number;
  /** How many may stop; as many as the others allow unless given. */
  readonly crash?: number;
  /** Where their data go; a folder of the operating system's, removed at the end, unless given. */
  readonly directory?: string;
  /** Bounds that all members share; the usual ones where left out. */
  readonly limits?: Partial<Limits>;
  /** Opens doors of a replica. */
  readonly openDoors?: (replica: RunningReplica) => ReturnType<NonNullable<ReplicaOptions["openDoors"]>>;
  /** Stands between a replica and its links, for whoever wants to see what is said. */
  readonly wrapTransport?: (transport: Transport, member: AuthorIndex) => Transport;
}

export interface LocalCluster {
  readonly genesis: Genesis;
  /** By member; undefined while one is stopped. */
  readonly replicas: readonly (RunningReplica | undefined)[];
  readonly links: MemoryHub;
  /** The replica of that member, which must be running. */
  replica(index: number): RunningReplica;
  /** Where the data of that member are. */
  directoryOf(index: number): string;
  /** Stops one in order. */
  stop(index: number): Promise<void>;
  /**
   * Ends one as `kill -9` would: before this returns it has written, sent and answered the last that it ever will, and
   * what it was asked and had not answered is indeterminate. Resolves when another one may start on what it left.
   */
  kill(index: number): Promise<void>;
  /** Starts one that was stopped or killed, on what it left. */
  start(index: number, options?: StartOptions): Promise<RunningReplica>;
  /** Resolves when every running replica can serve. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** What may be different at one start. */
export type StartOptions = Pick<ReplicaOptions, "rebuild" | "bootId" | "durability">;

/** Starts a new cluster and resolves when it can serve. */
export async function createLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const { replicas: count = 3, byzantine = 0 } = options;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new ConfigurationError(`${count} replicas are no cluster`, ["ask for 1 or more; 3 bear the loss of one"]);
  }
  const crash = options.crash ?? defaultCrash(count, byzantine);
  const keys = Array.from({ length: count }, makeKeyPair);
  const members = keys.map(({ publicKey }, index) => ({ name: `r${index + 1}`, stake: 1, publicKey }));
  const made = newGenesis({ members, fault: { crash, byzantine } });
  const genesis = { ...made, limits: { ...made.limits, ...options.limits } };
  const isTemporary = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "quorate-")));
  const cluster = new InProcessCluster({ genesis, keys, directory, isTemporary, options });
  try {
    await cluster.create();
    await Promise.all(members.map((_, index) => cluster.start(index)));
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

interface Parts {
  readonly genesis: Genesis;
  readonly keys: readonly KeyPair[];
  readonly directory: string;
  readonly isTemporary: boolean;
  readonly options: LocalClusterOptions;
}

interface Running {
  readonly replica: OpenedReplica;
  readonly files: MortalFiles;
}

class InProcessCluster implements LocalCluster {
  readonly genesis: Genesis;
  readonly links: MemoryHub;
  readonly replicas: (RunningReplica | undefined)[];
  readonly #parts: Parts;
  readonly #running: (Running | undefined)[] = [];
  readonly #ending: Promise<void>[] = [];
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.genesis = parts.genesis;
    this.links = createMemoryHub({ members: parts.keys.length });
    this.replicas = parts.keys.map(() => undefined);
  }

  /** Makes the data directories of a new cluster. */
  async create(): Promise<void> {
    const { genesis, options } = this.#parts;
    const hash = genesisHash(genesis, createNodeCrypto({ publicKeys: [] }));
    for (const index of this.#parts.keys.keys()) {
      const directory = this.directoryOf(index);
      await mkdir(directory, { recursive: true });
      const { files } = options;
      await createDataDirectory({
        directory,
        genesisHash: hash,
        clusterId: genesis.clusterId,
        ...(files === undefined ? {} : { files }),
      });
    }
  }

  replica(index: number): RunningReplica {
    const replica = this.replicas[index];
    if (replica === undefined) throw new ConfigurationError(`replica ${index} is not running`, ["start it first"]);
    return replica;
  }

  directoryOf(index: number): string {
    return join(this.#parts.directory, this.genesis.members[index]!.name);
  }

  stop(index: number): Promise<void> {
    return this.#end(index, ({ replica }) => replica.close());
  }

  kill(index: number): Promise<void> {
    return this.#end(index, async ({ files, replica }) => {
      await Promise.all([files.end(), replica.abandon()]);
    });
  }

  async start(index: number, as: StartOptions = {}): Promise<RunningReplica> {
    const { genesis, keys, options } = this.#parts;
    const key = keys[index];
    if (key === undefined || this.replicas[index] !== undefined) {
      throw new ConfigurationError(`replica ${index} ${key === undefined ? "does not exist" : "is running"}`, []);
    }
    const { byzantine: _byzantine, crash: _crash, directory: _directory, limits: _limits, ...most } = options;
    const { replicas: _replicas, wrapTransport = (transport) => transport, ...rest } = most;
    const files = mortalFiles(options.files ?? nodeFiles);
    const replica = await openReplica({
      ...rest,
      ...as,
      genesis,
      member: genesis.members[index]!.name,
      privateKey: key.privateKey,
      directory: this.directoryOf(index),
      createTransport: () => wrapTransport(this.links.transport(index), index),
      files,
    });
    this.replicas[index] = replica;
    this.#running[index] = { replica, files };
    return replica;
  }

  async ready(): Promise<void> {
    while (!this.replicas.every((replica) => replica?.ready().ready !== false))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.replicas.map((_, index) => this.stop(index)));
    if (this.#parts.isTemporary) await rm(this.#parts.directory, { recursive: true, force: true });
  }

  /** Whoever ends one that is ending already waits for that. */
  #end(index: number, how: (running: Running) => Promise<void>): Promise<void> {
    const running = this.#running[index];
    this.#running[index] = undefined;
    this.replicas[index] = undefined;
    if (running !== undefined) this.#ending[index] = how(running);
    return this.#ending[index] ?? Promise.resolve();
  }
}
