// Opens a replica and keeps it running: the same one for the `quorate` command, for tests and for whoever embeds one.
//
// Behind the replica stands one life after another (driver/life.ts): where the data of a life turn out to be rotten, the
// next one rebuilds from the other members, and doors see a replica that recovers. Everything else that goes wrong ends
// the replica, with the reason.
import type { KeyObject } from "node:crypto";
import {
  type AuthorIndex,
  type BlockRef,
  type CommitIndex,
  type Committee,
  ConfigurationError,
  checkCommand,
  createCommittee,
  encodeCommand,
  type Genesis,
  genesisHash,
  type Millis,
  type Transport,
} from "@quorate/core";
import type { ExplainReport, StatusReport } from "@quorate/core/api";
import {
  type Census,
  type CommandFamily,
  type CommandTable,
  commandTable,
  DEFAULT_CONFIG,
  FAMILIES,
  guardModules,
} from "@quorate/machine";
import { createNodeCrypto } from "./crypto/index.ts";
import type { Door } from "./doors/door.ts";
import { Chronicle } from "./driver/chronicle.ts";
import { type Clock, SYSTEM_CLOCK } from "./driver/clock.ts";
import type { DriverObserver } from "./driver/driver.ts";
import { beginLife, type Life, type LifeOptions } from "./driver/life.ts";
import { readinessOf, statusOf, waitingOf } from "./driver/standing.ts";
import { explainReport } from "./report/explain.ts";
import type { Outcome, RunningReplica, Submission, Words } from "./running-replica.ts";
import type { SpacePressure } from "./storage/block-log.ts";
import type { Durability } from "./storage/data-directory.ts";
import type { Files } from "./storage/files.ts";
import { StorageError } from "./storage/storage-error.ts";
import { eventLoopLag } from "./telemetry/event-loop-lag.ts";
import { type Log, SILENT } from "./telemetry/log.ts";

export interface ReplicaOptions {
  readonly genesis: Genesis;
  /** Which member of the genesis this is. */
  readonly member: string;
  readonly privateKey: KeyObject;
  /** Made by `createDataDirectory` (or `quorate init`) for a new cluster; an empty one begins by recovering. */
  readonly directory: string;
  readonly durability?: Durability;
  /** Begin anew, from the other members, where the log is corrupt, instead of refusing to start. */
  readonly rebuild?: boolean;
  readonly createTransport: (boot: number) => Transport;
  /** Commands besides the built-in ones. Every replica of a cluster must have the same. */
  readonly modules?: readonly CommandFamily[];
  /** Runs each command of a module twice and stops at the first that is not deterministic. On unless NODE_ENV is production. */
  readonly guard?: boolean;
  /** Opens what clients come in through; closed before anything else is. */
  readonly openDoors?: (replica: RunningReplica) => Promise<readonly Door[]>;
  readonly log?: Log;
  readonly observer?: DriverObserver;
  /** Why there is no link to a member, by name, as far as the transport knows. */
  readonly linkProblems?: () => Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** The file layer under the block log; only tests put another one there. */
  readonly files?: Files;
  /** Which start of the operating system this is; only tests know better than the system. */
  readonly bootId?: string;
}

export interface OpenedReplica extends RunningReplica {
  /** Stops as a killed process does: at once, with nothing closed in order. The files under it must have ended already. */
  abandon(): Promise<void>;
  /** How much the state holds as it is here; undefined while there is none. */
  census(): Census | undefined;
}

/** Opens a replica; resolves when it takes part, which is before it is ready to serve. */
export async function openReplica(options: ReplicaOptions): Promise<OpenedReplica> {
  const replica = new OpenReplica(options);
  try {
    await replica.begin();
    return replica;
  } catch (error) {
    await replica.close();
    throw error;
  }
}

const NO_OBSERVER: DriverObserver = {
  turned() {},
  synced() {},
  committed() {},
  answered() {},
  read() {},
  evidence() {},
  rejected() {},
  doubted() {},
};

/** After `close`, what is under way may take this long to be answered. */
const DRAIN_MS = 2_000;

class OpenReplica implements OpenedReplica {
  readonly name: string;
  readonly index: AuthorIndex;
  readonly genesis: Genesis;
  readonly machineConfig = DEFAULT_CONFIG;
  readonly commands: CommandTable;
  readonly stopped: Promise<{ readonly failure: Error | undefined }>;
  readonly #options: ReplicaOptions;
  readonly #committee: Committee;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #began: Millis;
  readonly #listeners = new Set<(index: CommitIndex) => void>();
  #life: Life | undefined;
  /** Settles when a life is here, or is not to be: until then it may hold the directory. */
  #beginning: Promise<void> = Promise.resolve();
  #doors: readonly Door[] = [];
  #chronicle: Chronicle | undefined;
  #pressure: SpacePressure = "none";
  #state: "running" | "closing" | "stopped" = "running";
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;
  #resolveStopped: (stopped: { readonly failure: Error | undefined }) => void = () => undefined;

  constructor(options: ReplicaOptions) {
    const { genesis, member, clock = SYSTEM_CLOCK, log = SILENT, modules = [] } = options;
    this.#options = options;
    this.#committee = createCommittee(genesis);
    this.#clock = clock;
    this.#log = log;
    this.#began = clock.monotonic();
    this.name = member;
    this.index = genesis.members.findIndex(({ name }) => name === member);
    if (this.index === -1) {
      const names = genesis.members.map(({ name }) => name).join(", ");
      throw new ConfigurationError(`the genesis has no member ${member}`, [`name one of ${names}`]);
    }
    this.genesis = genesis;
    this.commands = commandTable([...FAMILIES, ...modules]);
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  async begin(): Promise<void> {
    this.#beginning = this.#beginLife(undefined);
    await this.#beginning;
    // What a life rests on may fail before it is here, and before the doors are.
    if (this.#failure !== undefined) throw this.#failure;
    this.#chronicle = new Chronicle(() => this.#observe(), this.#clock);
    const doors = (await this.#options.openDoors?.(this)) ?? [];
    if (this.#failure === undefined) {
      this.#doors = doors;
      return;
    }
    await Promise.all(doors.map((door) => door.close()));
    throw this.#failure;
  }

  submit({ words, notAfter, user, session, clientSignature }: Submission, answer: (outcome: Outcome) => void): void {
    const driver = this.#life?.driver;
    if (driver === undefined || this.#state !== "running") {
      answer({ kind: "refused", reason: this.#state === "running" ? "recovering" : "stopping" });
      return;
    }
    const command = { words, notAfter, user, session, clientSignature };
    const refused = checkCommand(command);
    if (refused !== undefined) {
      answer({ kind: "refused", reason: refused.code === "too-large" ? "too-large" : "bad-command" });
      return;
    }
    driver.submit(encodeCommand(command), session !== undefined, answer);
  }

  read(words: Words, answer: (outcome: Outcome) => void): void {
    const driver = this.#life?.driver;
    if (driver !== undefined && this.#state === "running") driver.read(words, answer);
    else answer({ kind: "refused", reason: this.#state === "running" ? "recovering" : "stopping" });
  }

  readStale(words: Words): Outcome {
    return this.#life?.driver.readStale(words) ?? { kind: "refused", reason: "recovering" };
  }

  now(): Millis {
    return Math.max(this.#clock.wall(), this.#life?.core.status().logTime ?? 0);
  }

  get appliedIndex(): CommitIndex {
    return this.#life?.machine.index ?? 0;
  }

  witnesses(block: BlockRef): number {
    return this.#life?.driver.witnesses(block) ?? 0;
  }

  onCommit(listener: (index: CommitIndex) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get pressure(): SpacePressure {
    return this.#pressure;
  }

  census(): Census | undefined {
    return this.#life?.machine.census;
  }

  status(): StatusReport {
    return statusOf({
      life: this.#life,
      committee: this.#committee,
      genesis: this.genesis,
      self: this.index,
      durability: this.#options.durability ?? "fsync",
      pressure: this.#pressure,
      uptimeMs: this.#clock.monotonic() - this.#began,
      isClosing: this.#state !== "running",
      doors: this.#doors.map(({ address, connections, name }) => ({ address, connections, name })),
    });
  }

  explain(): ExplainReport {
    const { ready, why } = this.ready();
    const { p99Ms, maxMs } = eventLoopLag();
    return explainReport({
      status: this.status(),
      waiting: waitingOf(this.#life),
      since: this.#chronicle?.durations() ?? {},
      eventLoopLagMs: { p99: p99Ms, max: maxMs },
      linkProblems: this.#options.linkProblems?.() ?? {},
      ...(ready ? {} : { notReadyBecause: why }),
      ...(this.#failure === undefined ? {} : { dump: this.#failure.message }),
    });
  }

  async alive(): Promise<boolean> {
    if (this.#state === "stopped") return false;
    const pressure = await this.#life?.data.blockLog?.checkSpace();
    return pressure !== "hard";
  }

  ready(): { readonly ready: boolean; readonly why: string } {
    if (this.#state !== "running") return { ready: false, why: "it is stopping" };
    return readinessOf({ life: this.#life, committee: this.#committee, genesis: this.genesis, self: this.index });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(undefined);
    return this.#closing;
  }

  abandon(): Promise<void> {
    this.#closing ??= this.#abandon();
    return this.#closing;
  }

  async #abandon(): Promise<void> {
    this.#state = "stopped";
    this.#chronicle?.stop();
    this.#listeners.clear();
    await Promise.all([this.#life?.abandon(), ...this.#doors.map((door) => door.close())]);
    this.#resolveStopped({ failure: undefined });
  }

  async #close(failure: Error | undefined): Promise<void> {
    try {
      // Doors first: they let what is under way finish, which needs a replica that still runs.
      await Promise.all(this.#doors.map((door) => door.close()));
      if (this.#state === "running") this.#state = "closing";
      // What comes of it, whoever began it tells.
      await this.#beginning.catch(() => undefined);
      const life = this.#life;
      const until = this.#clock.monotonic() + DRAIN_MS;
      while (failure === undefined && life !== undefined && life.driver.waiting > 0 && this.#clock.monotonic() < until)
        await new Promise((resolve) => setTimeout(resolve, 5));
      await life?.end();
    } finally {
      this.#chronicle?.stop();
      this.#state = "stopped";
      this.#listeners.clear();
      this.#resolveStopped({ failure });
    }
  }

  /** Opens a life; where the replica ended meanwhile, ends it again. */
  async #beginLife(distrust: string | undefined): Promise<void> {
    if (this.#closing !== undefined) return;
    const life = await beginLife(this.#lifeOptions(distrust));
    if (this.#closing === undefined) {
      this.#life = life;
      life.driver.onCommit((index) => this.#committed(index));
    } else await this.#endAnyhow(life);
  }

  /** Ends a life whose data nobody counts on: the next one, or the next start, can bear how it was left. */
  async #endAnyhow(life: Life): Promise<void> {
    await life
      .end()
      .catch((cause: unknown) => this.#log.warn({ cause }, "a life that was over did not close in order"));
  }

  #lifeOptions(distrust: string | undefined): LifeOptions {
    const { bootId, createTransport, directory, durability = "fsync", files, genesis, observer } = this.#options;
    const { modules = [] } = this.#options;
    const guard = this.#options.guard ?? process.env["NODE_ENV"] !== "production";
    const publicKeys = genesis.members.map(({ publicKey }) => publicKey);
    const crypto = createNodeCrypto({ privateKey: this.#options.privateKey, publicKeys });
    return {
      genesis,
      genesisHash: genesisHash(genesis, crypto),
      committee: this.#committee,
      self: this.index,
      crypto,
      directory,
      durability,
      rebuild: this.#options.rebuild === true || distrust !== undefined,
      distrust,
      families: guard ? guardModules(modules) : modules,
      createTransport,
      clock: this.#clock,
      log: this.#log,
      observer: observer ?? NO_OBSERVER,
      onPressure: (pressure) => {
        this.#log.warn({ pressure }, "space on the disk of the data directory");
        this.#pressure = pressure;
      },
      onFailure: (failure) => void this.#failed(failure),
      files,
      bootId,
    };
  }

  /** A life ended by itself. Rot is lived through; anything else is the end. */
  async #failed(failure: Error): Promise<void> {
    this.#log.error({ error: failure.message, code: (failure as { code?: unknown }).code }, "the replica failed");
    if (this.#state !== "running") return;
    const isRot = failure instanceof StorageError && failure.code === "corruption";
    const rotten = this.#life;
    if (!isRot || rotten === undefined) {
      this.#failure = failure;
      this.#closing ??= this.#close(failure);
      return;
    }
    this.#life = undefined;
    this.#beginning = this.#endAnyhow(rotten).then(() => this.#beginLife(failure.message));
    try {
      await this.#beginning;
    } catch (cause) {
      this.#failure = cause instanceof Error ? cause : new Error(String(cause));
      this.#closing ??= this.#close(this.#failure);
    }
  }

  #committed(index: CommitIndex): void {
    for (const listener of this.#listeners) listener(index);
  }

  #observe(): ReturnType<ConstructorParameters<typeof Chronicle>[0]> {
    const { mode, quorum, ready, undecidedRound } = this.status();
    return {
      mode,
      ready,
      quorum: quorum.reached,
      undecidedRound,
      // An idle cluster leaves slots undecided: they matter while somebody waits.
      undecided: (this.#life?.driver.waiting ?? 0) > 0,
      pressure: this.#pressure,
    };
  }
}
