// Keeps the order laws, once for every driver.
//
//   1. Nothing that speaks of an own block happens before that block is durable, and with it everything accepted
//      before it: records are appended in order of acceptance, and `whenDurable` runs what depends on one only when the
//      driver has confirmed its sequence.
//   2. A commit is handed out with the sequence that must be durable before state after it may be: state can lag behind
//      the log, never run ahead of it.
//   3. The records of a turn come first among its effects, as one group: one sync serves them all.

import type { Batch, Effect, LogRecord } from "./effect.ts";
import type { CommitIndex, Millis, Round } from "./ids.ts";
import { invariant } from "./invariant.ts";

export class Outbox {
  #effects: Effect[] = [];
  #records: LogRecord[] = [];
  #sequence: number;
  #durable: number;
  readonly #held: { readonly sequence: number; readonly then: () => void }[] = [];
  readonly #trusting: boolean;
  #wakeAt: Millis | undefined = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly sequence: number; readonly voteBeforeSync: boolean }) {
    this.#sequence = options.sequence;
    this.#durable = options.sequence;
    this.#trusting = options.voteBeforeSync;
  }

  /** The newest record's sequence. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Appends a record to the log. */
  persist(kind: LogRecord["kind"], round: Round, bytes: Uint8Array): number {
    this.#sequence += 1;
    this.#records.push({ sequence: this.#sequence, kind, round, bytes });
    return this.#sequence;
  }

  /** Runs `then` once the record of that sequence and all before it are durable. */
  whenDurable(sequence: number, then: () => void): void {
    if (sequence <= this.#durable || this.#trusting) then();
    else this.#held.push({ sequence, then });
  }

  /** The driver confirmed everything up to a sequence. */
  confirm(upTo: number): void {
    invariant(upTo <= this.#sequence, "a record was confirmed that was never handed out");
    if (upTo <= this.#durable) return;
    this.#durable = upTo;
    while (this.#held[0] !== undefined && this.#held[0].sequence <= upTo) this.#held.shift()?.then();
  }

  /** Whether the record of that sequence survives a crash. */
  isDurable(sequence: number): boolean {
    return sequence <= this.#durable || this.#trusting;
  }

  emit(effect: Exclude<Effect, { kind: "persist" | "commit" | "wake-at" }>): void {
    this.#effects.push(effect);
  }

  commit(batch: Batch): CommitIndex {
    this.#effects.push({ kind: "commit", batch, durableAfter: this.#sequence });
    return batch.index;
  }

  /** Asks to be woken; said only when the wish changed. */
  wakeAt(time: Millis | undefined): void {
    if (time === this.#wakeAt) return;
    this.#wakeAt = time;
    this.#effects.push({ kind: "wake-at", time });
  }

  /** The driver ticks. Whether the moment has come that was asked for; then the wish is used up. */
  woken(now: Millis): boolean {
    if (this.#wakeAt === undefined || now < this.#wakeAt) return false;
    this.#wakeAt = undefined;
    return true;
  }

  /** What this turn asks for, in the order in which it must happen. */
  take(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    if (this.#records.length === 0) return effects;
    const records = this.#records;
    this.#records = [];
    return [{ kind: "persist", records }, ...effects];
  }
}
