// Losing power, over and over: all replicas of a cluster die in the same moment under load, what they had not synced is
// lost or left torn, their states are what some flush left, and they start again on that.
//
// It answers problems instead of throwing, so that the same rounds can be held against a disk that lies: those must not
// come out well.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, type Rng } from "@quorate/sim";
import { createLocalCluster, type LocalCluster } from "../../src/local-cluster.ts";
import { nodeFiles, type VolatileFiles, volatileFiles } from "../../src/storage/index.ts";
import { type Log, SILENT } from "../../src/telemetry/log.ts";
import { within } from "./ask.ts";
import { Load } from "./load.ts";
import { type Slowness, slowFiles } from "./slow-files.ts";
import { StateCopies, type StateLeft } from "./state-copies.ts";

/** The clusters that go through this. */
export const POWER_KINDS = [
  { name: "three that may crash", replicas: 3, byzantine: 0 },
  { name: "five that may crash", replicas: 5, byzantine: 0 },
  { name: "four of which one may lie", replicas: 4, byzantine: 1 },
] as const;

export interface PowerOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly replicas: number;
  readonly byzantine: number;
  /** Syncs confirm what they did not do: what the rounds must notice. */
  readonly lying?: boolean;
  /** At most so many commands between two outages. */
  readonly commandsMax?: number;
  /** What an outage may leave of a member's state; anything unless given. */
  readonly states?: readonly StateLeft[];
  /** How long a cluster may take to serve again. */
  readonly readyWithinMs?: number;
}

export interface PowerReport {
  readonly counts: Record<string, number>;
  readonly problems: readonly string[];
}

export async function runPowerRounds(options: PowerOptions): Promise<PowerReport> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-power-"));
  const slowness: Slowness = { directory: "", syncMs: 0 };
  const disk = volatileFiles(slowFiles(nodeFiles, slowness));
  const said: string[] = [];
  let cluster: LocalCluster | undefined;
  try {
    const { byzantine, replicas } = options;
    const members = join(directory, "members");
    cluster = await createLocalCluster({ replicas, byzantine, directory: members, files: disk, log: listening(said) });
    const { counts, problems } = await new Outages({ cluster, disk, slowness }, directory, options).run();
    // Why they did what counts as a problem, only they know.
    return { counts, problems: problems.length > 0 ? [...problems, ...said] : [] };
  } finally {
    // A cluster whose disk lied is not closed in order: nothing of it is kept.
    if (cluster !== undefined) await killAll(cluster);
    await rm(directory, { recursive: true, force: true });
  }
}

const LOAD_MS_MAX = 60_000;

/** Slower than a state waits before it is flushed. */
const SLOW_SYNC_MS = 250;

interface Scene {
  readonly cluster: LocalCluster;
  readonly disk: VolatileFiles;
  readonly slowness: Slowness;
}

class Outages {
  readonly #cluster: LocalCluster;
  readonly #disk: VolatileFiles;
  readonly #slowness: Slowness;
  readonly #options: PowerOptions;
  readonly #rng: Rng;
  readonly #load: Load;
  readonly #copies: readonly StateCopies[];
  readonly #problems: string[] = [];
  readonly #left: Record<string, number> = {};
  #rounds = 0;
  /** The member whose log is slow in this round, if one is. */
  #slow: number | undefined;

  constructor({ cluster, disk, slowness }: Scene, directory: string, options: PowerOptions) {
    this.#cluster = cluster;
    this.#disk = disk;
    this.#slowness = slowness;
    this.#options = options;
    this.#rng = createRng(options.seed);
    this.#load = new Load(cluster, this.#rng.fork("load"));
    this.#copies = cluster.replicas.map((_, index) => new StateCopies(join(directory, "copies", String(index))));
  }

  async run(): Promise<PowerReport> {
    const { commandsMax = 300, lying = false, rounds } = this.#options;
    this.#disk.lying = lying;
    while (this.#rounds < rounds && this.#problems.length === 0) {
      await this.#loadFor(20 + this.#rng.integer(commandsMax));
      await this.#losePower();
      await this.#comeBack();
      this.#rounds += 1;
    }
    if (this.#problems.length === 0) this.#problems.push(...this.#load.judge());
    const counts = { rounds: this.#rounds, ...this.#load.counts, ...this.#left };
    return { counts, problems: this.#problems.map((problem) => `round ${this.#rounds}: ${problem}`) };
  }

  /** Load until so many more commands are acknowledged; states are copied meanwhile. */
  async #loadFor(commands: number): Promise<void> {
    const { counts } = this.#load;
    const until = counts.acknowledged + commands;
    this.#slow = this.#rng.chance(0.5) ? this.#rng.integer(this.#copies.length) : undefined;
    if (this.#slow !== undefined) {
      this.#slowness.directory = this.#cluster.directoryOf(this.#slow);
      this.#slowness.syncMs = SLOW_SYNC_MS;
    }
    this.#load.begin();
    const deadline = performance.now() + LOAD_MS_MAX;
    while (counts.acknowledged < until) {
      if (performance.now() > deadline) {
        this.#problems.push(`${until - counts.acknowledged} commands less than wanted were acknowledged in a minute`);
        break;
      }
      const index = this.#rng.integer(this.#cluster.replicas.length);
      await this.#copies[index]!.take(this.#cluster.directoryOf(index));
      await within(30, () => counts.acknowledged >= until);
    }
    // Anywhere between two turns of the loop.
    for (let turns = this.#rng.integer(12); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  }

  async #losePower(): Promise<void> {
    // Some outages take all that was not synced, some take from each file what they like.
    const takesAll = this.#rng.chance(0.4);
    this.#disk.losePower((bytes) => (takesAll ? 0 : this.#rng.integer(bytes + 1)));
    this.#slowness.syncMs = 0;
    await killAll(this.#cluster);
    await this.#load.end();
    for (const [index, copies] of this.#copies.entries()) {
      // What ran ahead of a slow log must not be taken away: it is what this looks for.
      const any: readonly StateLeft[] = this.#slow === index ? ["as it was"] : ["as it was", "earlier", "gone"];
      const wanted = this.#options.states ?? any;
      const left = copies.leave(this.#cluster.directoryOf(index), this.#rng.pick(wanted));
      this.#left[`states ${left}`] = (this.#left[`states ${left}`] ?? 0) + 1;
    }
  }

  async #comeBack(): Promise<void> {
    const { fault } = this.#cluster.genesis;
    const members = this.#rng.shuffle([...this.#cluster.replicas.keys()]);
    // Sometimes the last of them are late, and those that are back have to do.
    const first = this.#rng.chance(0.3) ? members.slice(fault.crash + fault.byzantine) : members;
    if (!(await this.#bringUp(first, first))) return;
    const late = members.filter((index) => !first.includes(index));
    if (late.length > 0) await this.#bringUp(late, members);
  }

  /** Starts some, and asks all that run. */
  async #bringUp(some: readonly number[], running: readonly number[]): Promise<boolean> {
    try {
      await Promise.all(some.map((index) => this.#start(index)));
    } catch (error) {
      this.#problems.push(`a replica does not start again: ${String(error)}`);
      return false;
    }
    if (this.#problems.length > 0 || !(await this.#areReady(running))) return false;
    this.#problems.push(...(await this.#load.check(running)));
    return true;
  }

  /** Where the disk kept its promises nothing counts as lost: no replica begins anew. */
  async #start(index: number): Promise<void> {
    const replica = await this.#cluster.start(index);
    if (replica.status().replica.incarnation > 1) this.#problems.push(`${replica.name} began anew`);
  }

  async #areReady(members: readonly number[]): Promise<boolean> {
    const replicas = members.map((index) => this.#cluster.replica(index));
    const { readyWithinMs = 30_000 } = this.#options;
    if (await within(readyWithinMs, () => replicas.every((replica) => replica.ready().ready))) return true;
    for (const replica of replicas)
      if (!replica.ready().ready) this.#problems.push(`${replica.name} does not serve again: ${replica.ready().why}`);
    return false;
  }
}

/** Keeps what replicas complain of. */
function listening(said: string[]): Log {
  const hear = (facts: object, text: string): void => void said.push(`${text}: ${JSON.stringify(facts)}`);
  return { ...SILENT, warn: hear, error: hear };
}

/** All in the same moment. */
async function killAll(cluster: LocalCluster): Promise<void> {
  await Promise.all(cluster.replicas.map((_, index) => cluster.kill(index)));
}
