// What the door turned away, counted and logged. A flood of refusals must not become a flood of lines: a few a second are
// written, the rest is summed up.
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

const LINES_PER_SECOND = 5;

export class Refusals {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, "doorRefused">;
  #second = 0;
  #lines = 0;
  #silent = 0;

  constructor(log: Log, metrics: Pick<Metrics, "doorRefused">) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `facts` say who and what, never what a client may have meant to keep secret. */
  note(reason: string, facts: object, text: string): void {
    this.#metrics.doorRefused("http", reason);
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      if (this.#silent > 0)
        this.#log.warn({ door: "http", count: this.#silent }, "more was refused than is listed here");
      this.#second = second;
      this.#lines = 0;
      this.#silent = 0;
    }
    if (this.#lines < LINES_PER_SECOND) {
      this.#lines++;
      this.#log.warn({ door: "http", reason, ...facts }, text);
    } else this.#silent++;
  }
}
