// Which replica to ask. All are equal, so the one that answered last is as good as any and has a warm connection; one
// that failed rests for a moment that grows, with chance in it so that clients do not come back all at once.
import { monotonic, type Patience, sleep } from "../clock.ts";
import type { Log } from "../log.ts";

export interface Replica {
  readonly url: string;
  failures: number;
  failedAt: number;
  /** Not asked before that, unless all rest. */
  restsUntil: number;
  /** Watches of ours that it serves. */
  watches: number;
}

const REST_MS_MIN = 50;
const REST_MS_MAX = 5_000;

export class Replicas {
  readonly all: readonly Replica[];
  readonly #log: Log;
  #preferred: Replica | undefined;

  constructor(urls: readonly string[], log: Log) {
    // Chance spreads clients over replicas, whatever order their URLs were given in.
    this.all = shuffled(urls).map((url) => ({ url, failures: 0, failedAt: 0, restsUntil: 0, watches: 0 }));
    this.#log = log;
  }

  /**
   * The replica to ask next. While all rest it waits for the first, though never so long that its caller's patience ends
   * without anybody having been asked. Undefined when patience has ended. With `only`, it waits for that one.
   */
  async next(patience: Patience, only?: Replica): Promise<Replica | undefined> {
    if (patience.over) return undefined;
    const [ready] = this.ready().filter((replica) => only === undefined || replica === only);
    if (ready !== undefined) return ready;
    const first = only ?? this.all.reduce((a, b) => (b.restsUntil < a.restsUntil ? b : a));
    const waitMs = Math.min(first.restsUntil - monotonic(), Math.max(REST_MS_MIN, patience.leftMs / 2));
    await sleep(Math.min(waitMs, patience.leftMs), patience.signal);
    return patience.over ? undefined : first;
  }

  /**
   * The replica to watch at: of those that do not rest the one with the fewest watches, since a browser opens six
   * connections to one address, and a watch keeps one for itself. One that failed lately is tried a little later than
   * others. The watch counts until `watchEnded`.
   */
  async nextToWatch(patience: Patience, only?: Replica): Promise<Replica | undefined> {
    const next = await this.next(patience, only);
    const others = next === undefined || only !== undefined ? [] : this.ready();
    const loadOf = ({ watches, failures }: Replica): number => watches + failures;
    const chosen = others.reduce((best, other) => (loadOf(other) < loadOf(best!) ? other : best), next);
    if (chosen !== undefined) chosen.watches++;
    return chosen;
  }

  watchEnded(replica: Replica): void {
    replica.watches--;
  }

  /** Those that do not rest, the best one first. */
  ready(): Replica[] {
    const now = monotonic();
    return this.all
      .filter(({ restsUntil }) => restsUntil <= now)
      .sort((a, b) => Number(b === this.#preferred) - Number(a === this.#preferred) || a.failures - b.failures);
  }

  answered(replica: Replica): void {
    replica.failures = 0;
    replica.restsUntil = 0;
    this.#preferred = replica;
  }

  /** Tells that a request sent at that time came to nothing. */
  failed(replica: Replica, why: string, sentAt: number): void {
    // A hundred requests that fail together are one failure.
    if (sentAt < replica.failedAt) return;
    replica.failures++;
    replica.failedAt = monotonic();
    const restMs = Math.min(REST_MS_MAX, REST_MS_MIN * 2 ** (replica.failures - 1)) * (0.5 + Math.random() / 2);
    replica.restsUntil = replica.failedAt + restMs;
    if (this.#preferred === replica) this.#preferred = undefined;
    this.#log({ kind: "replica-failed", url: replica.url, why, retryInMs: Math.round(restMs) });
  }

  /** The last word on each, for messages. */
  get urls(): string {
    return this.all.map(({ url }) => url).join(", ");
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
