// A watch: the changes of the cluster as an async iterator. It asks for more only when its reader does, and cancelling it
// takes effect at once, also while it waits.
import type { ChangeStreamEvent, Change as WireChange } from "@quorate/core/api";
import { fromBase64 } from "../command.ts";

export interface Change {
  readonly revision: number;
  /** What happened, in the words of Redis's keyspace events: `set`, `del`, `expired`, … */
  readonly event: string;
  /** Bytes only where the key is no text. Empty for `flushall`. */
  readonly key: string | Uint8Array;
  /** The commit that made it, and its log time in Unix milliseconds. */
  readonly index: number;
  readonly time: number;
}

export class Watch implements AsyncIterableIterator<Change> {
  /** The first revision that is watched: once it is known, what is written afterwards will be seen. */
  readonly started: Promise<number>;
  readonly #stop: AbortController;
  readonly #signal: AbortSignal | undefined;
  readonly #changes: AsyncGenerator<Change>;
  #resumeFrom = 0;

  constructor(
    started: Promise<number>,
    follow: (from: number) => AsyncGenerator<ChangeStreamEvent>,
    { stop, signal }: { readonly stop: AbortController; readonly signal: AbortSignal | undefined },
  ) {
    this.started = started;
    this.#stop = stop;
    this.#signal = signal;
    // Whoever iterates is told what went wrong; whoever only asked to start it may not care.
    started.catch(() => {});
    this.#changes = this.#run(follow);
  }

  /** The revision from which another watch would go on where this one stands; 0 before it has started. */
  get resumeFrom(): number {
    return this.#resumeFrom;
  }

  next(): Promise<IteratorResult<Change>> {
    return this.#changes.next();
  }

  async return(): Promise<IteratorResult<Change>> {
    this.#stop.abort();
    return await this.#changes.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#run(follow: (from: number) => AsyncGenerator<ChangeStreamEvent>): AsyncGenerator<Change> {
    this.#resumeFrom = await this.started;
    this.#signal?.throwIfAborted();
    for await (const event of follow(this.#resumeFrom)) {
      if (event.kind === "changes") {
        for (const change of event.changes) {
          this.#resumeFrom = change.revision + 1;
          yield { ...change, key: keyOf(change) };
        }
      }
      this.#resumeFrom = Math.max(this.#resumeFrom, event.next);
    }
    this.#signal?.throwIfAborted();
  }
}

function keyOf({ key }: WireChange): string | Uint8Array {
  return typeof key === "object" ? fromBase64(key.base64) : String(key);
}
