// Replicas that die while programs run: killed in turn, each started again and serving before the next one dies, so that
// a quorum is there all the time.
import { type ProgramCluster, pause } from "./cluster.ts";

/** Long enough for the others to miss it. */
const DEAD_MS = 300;
/** Long enough for programs to have come back to it, and, where they only run meanwhile, to leave them the machine. */
const ALIVE_MS = 300;
const LEISURE_MS = 3000;

export class Deaths {
  readonly #cluster: ProgramCluster;
  readonly #victims: readonly number[];
  #isEnding = false;
  #loop: Promise<void> = Promise.resolve();
  #seen: () => void = () => {};

  constructor(cluster: ProgramCluster, victims: readonly number[]) {
    this.#cluster = cluster;
    this.#victims = victims;
  }

  /** Kills each of the victims that many times. */
  async run(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const victim of this.#victims) await this.#killOne(victim, ALIVE_MS);
  }

  /** Begins to kill; goes on until `end`. Resolves when the first one is dead. */
  begin(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#seen = resolve;
    });
    this.#isEnding = false;
    this.#loop = this.#go();
    return first;
  }

  /** Resolves when all live again; throws what went wrong with one. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#loop;
  }

  async #go(): Promise<void> {
    try {
      for (let turn = 0; !this.#isEnding; turn++)
        await this.#killOne(this.#victims[turn % this.#victims.length]!, LEISURE_MS);
    } finally {
      this.#seen();
    }
  }

  async #killOne(victim: number, aliveMs: number): Promise<void> {
    await this.#cluster.kill(victim);
    this.#seen();
    await pause(DEAD_MS);
    await this.#cluster.restart(victim);
    await pause(aliveMs);
  }
}
