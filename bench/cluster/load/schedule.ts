// Says when each connection's next write is due. Law: it does so by the clock alone. Whoever waited for answers before
// sending on would send nothing during a pause, and find it short.
import { now } from "../clock.ts";
import type { Writer } from "./writer.ts";

/** A turn that comes this much too late is remembered: then it was this process that paused. */
const STALL_MS = 15;

export interface Stall {
  readonly at: number;
  readonly ms: number;
}

export class Schedule {
  readonly stalls: Stall[] = [];
  readonly #writers: readonly Writer[];
  #periodMs = Number.POSITIVE_INFINITY;
  #nextAt: number[] = [];
  #turnedAt = now();
  #isEnded = false;

  constructor(writers: readonly Writer[]) {
    this.#writers = writers;
    this.#turn();
  }

  begin(perSecond: number): void {
    const from = now();
    this.#periodMs = (1_000 * this.#writers.length) / perSecond;
    this.#nextAt = this.#writers.map((_, index) => from + (index * 1_000) / perSecond);
  }

  end(): void {
    this.#isEnded = true;
  }

  #turn(): void {
    if (this.#isEnded) return;
    const at = now();
    if (at - this.#turnedAt > STALL_MS) this.stalls.push({ at: this.#turnedAt, ms: at - this.#turnedAt });
    this.#turnedAt = at;
    for (const [index, writer] of this.#writers.entries()) {
      for (let due = this.#nextAt[index]; due !== undefined && due <= at; due += this.#periodMs) {
        writer.write(due);
        this.#nextAt[index] = due + this.#periodMs;
      }
    }
    setTimeout(() => this.#turn(), 1);
  }
}
