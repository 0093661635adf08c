// Slow work in lanes: a bounded number of jobs runs at once, and lanes take turns. So whoever floods one lane (one name, for
// example) waits for their own jobs; whoever is in another waits for one round of the lanes at most.
//
// A lane is bounded too: when it is full, a job is refused at once instead of waiting longer than anybody would.

export class WorkLanes {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  /** Lanes with jobs that wait, the one whose turn is next first. */
  readonly #lanes = new Map<string, (() => void)[]>();
  #running = 0;

  constructor({ atOnce, waitingMax }: { readonly atOnce: number; readonly waitingMax: number }) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
  }

  /** Runs a job when it is its turn; undefined, at once, if its lane is full. */
  run<T>(lane: string, job: () => Promise<T>): Promise<T> | undefined {
    const waiting = this.#lanes.get(lane) ?? [];
    if (waiting.length >= this.#waitingMax) return undefined;
    const done = new Promise<void>((resolve) => waiting.push(resolve)).then(job).finally(() => {
      this.#running--;
      this.#next();
    });
    this.#lanes.set(lane, waiting);
    this.#next();
    return done;
  }

  #next(): void {
    if (this.#running >= this.#atOnce) return;
    const [first] = this.#lanes;
    if (first === undefined) return;
    const [lane, waiting] = first;
    const start = waiting.shift()!;
    // The lane goes to the end of the line, or away.
    this.#lanes.delete(lane);
    if (waiting.length > 0) this.#lanes.set(lane, waiting);
    this.#running++;
    start();
    this.#next();
  }
}
