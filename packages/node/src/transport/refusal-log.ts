// Counts every refused connection and logs it, with a bound on lines: whoever knocks a thousand times a second must not
// fill the disk with the news of it.
import type { Log } from "../telemetry/log.ts";
import { newRefusalCounters } from "./facts.ts";
import type { Refusal } from "./reasons.ts";

const LINES_MAX = 20;
const WINDOW_MS = 10_000;

export class RefusalLog {
  readonly counts: Record<Refusal, number> = newRefusalCounters();
  readonly #log: Log;
  #windowFrom = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  refused(
    refusal: Refusal,
    facts: { readonly address: string; readonly detail: string; readonly peer?: string },
  ): void {
    this.counts[refusal] += 1;
    const now = performance.now();
    const unlogged = this.#lines - LINES_MAX;
    if (now - this.#windowFrom > WINDOW_MS) {
      this.#windowFrom = now;
      this.#lines = 0;
      if (unlogged > 0) this.#log.warn({ unlogged }, "more connections were refused than were logged");
    }
    this.#lines += 1;
    if (this.#lines <= LINES_MAX) this.#log.warn({ refusal, ...facts }, `refused a connection: ${refusal}`);
  }
}
