// Counts every connection that did not become part of a link and logs it, with a bound on lines: whoever knocks a thousand
// times a second must not fill the disk with the news of it.
//
// What its own dialler gave up is no refusal: members do that all the time, of two connections that belong together when
// one fails, and of all that were under way when they meet a member that stood still. It is told, counted under its own
// reason, where somebody looks for it, and not among the warnings, where it would look like an attack.
import type { Log } from "../telemetry/log.ts";
import { newRefusalCounters } from "./facts.ts";
import type { Refusal } from "./reasons.ts";

const LINES_MAX = 20;
const WINDOW_MS = 10_000;
/** Nobody here turned these away: the other side left, or has left that attempt behind. */
const GIVEN_UP: ReadonlySet<Refusal> = new Set(["abandoned", "stale"]);

export class RefusalLog {
  readonly counts: Record<Refusal, number> = newRefusalCounters();
  readonly #log: Log;
  /** Each with its own bound, so that the harmless ones cannot crowd out the others. */
  readonly #warnings = new LineBudget();
  readonly #details = new LineBudget();

  constructor(log: Log) {
    this.#log = log;
  }

  refused(
    refusal: Refusal,
    facts: { readonly address: string; readonly detail: string; readonly peer?: string },
  ): void {
    this.counts[refusal] += 1;
    if (GIVEN_UP.has(refusal)) {
      const given = "a connection was given up by its other side before it was part of a link";
      if (this.#details.take(() => {})) this.#log.debug({ refusal, ...facts }, given);
      return;
    }
    const isTold = this.#warnings.take((unlogged) =>
      this.#log.warn({ unlogged }, "more connections were refused than were logged"),
    );
    if (isTold) this.#log.warn({ refusal, ...facts }, `refused a connection: ${refusal}`);
  }
}

/** So many lines in a span of time, and at the beginning of the next how many there were not. */
class LineBudget {
  #windowFrom = Number.NEGATIVE_INFINITY;
  #lines = 0;

  take(tellUnlogged: (unlogged: number) => void): boolean {
    const now = performance.now();
    if (now - this.#windowFrom > WINDOW_MS) {
      const unlogged = this.#lines - LINES_MAX;
      this.#windowFrom = now;
      this.#lines = 0;
      if (unlogged > 0) tellUnlogged(unlogged);
    }
    this.#lines += 1;
    return this.#lines <= LINES_MAX;
  }
}
