// Linearizable reads from the moment they come in until they are answered. All that came in since the last turn share one
// barrier: it stands for everything acknowledged before any of them was asked.
import { type Input, InvariantError, type Millis, type RefusalReason } from "@quorate/core";
import type { KeyValueMachine } from "@quorate/machine";
import type { Outcome, Words } from "../running-replica.ts";
import type { Clock } from "./clock.ts";
import type { DriverObserver } from "./driver.ts";

interface PendingRead {
  readonly words: Words;
  readonly answer: (outcome: Outcome) => void;
  readonly since: number;
}

export class PendingReads {
  readonly #machine: KeyValueMachine;
  readonly #clock: Clock;
  readonly #observer: DriverObserver;
  #new: PendingRead[] = [];
  /** By barrier. */
  readonly #waiting = new Map<number, readonly PendingRead[]>();
  /** Past their barrier, but they met a deadline that log time has not passed yet. */
  #overdue: PendingRead[] = [];
  #nextId = 1;
  #size = 0;

  constructor(machine: KeyValueMachine, clock: Clock, observer: DriverObserver) {
    this.#machine = machine;
    this.#clock = clock;
    this.#observer = observer;
  }

  get size(): number {
    return this.#size;
  }

  add(words: Words, answer: (outcome: Outcome) => void): void {
    this.#size += 1;
    this.#new.push({ words, answer, since: this.#clock.monotonic() });
  }

  /** Whether reads wait that have no barrier. */
  get hasNew(): boolean {
    return this.#new.length > 0;
  }

  /** The barrier that what came in since the last turn waits for. */
  take(): number | undefined {
    if (this.#new.length === 0) return undefined;
    const id = this.#nextId++;
    this.#waiting.set(id, this.#new);
    this.#new = [];
    return id;
  }

  /** A barrier is through; what that asks of the core is added to `followUps`. */
  ready(id: number, followUps: Input[]): void {
    const reads = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    this.#queryAll(reads, followUps);
  }

  /** Their barrier was refused, but they may have another one: a later one says no less. */
  again(id: number): void {
    const reads = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    this.#new = [...reads, ...this.#new];
  }

  refused(id: number, reason: RefusalReason): void {
    const reads = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const read of reads) this.#answer(read, { kind: "refused", reason });
  }

  /** Log time went on: reads that met a deadline are tried again. */
  applied(followUps: Input[]): void {
    if (this.#overdue.length === 0) return;
    const again = this.#overdue;
    this.#overdue = [];
    this.#queryAll(again, followUps);
  }

  /** Answers from the state as it is. What has expired by the clock but not in the log shows as it is in the log. */
  stale(words: Words, logTime: Millis): Outcome {
    const result = this.#machine.query(words, logTime);
    if ("deadline" in result) throw new InvariantError("log time has passed no deadline that it has not reached");
    return { kind: "reply", reply: result.reply, index: this.#machine.index, block: undefined };
  }

  stop(): void {
    const left = [...this.#new, ...[...this.#waiting.values()].flat(), ...this.#overdue];
    this.#new = [];
    this.#waiting.clear();
    this.#overdue = [];
    for (const read of left) this.#answer(read, { kind: "refused", reason: "stopping" });
  }

  #queryAll(reads: readonly PendingRead[], followUps: Input[]): void {
    for (const [at, read] of reads.entries()) {
      try {
        this.#query(read, followUps);
      } catch (error) {
        // The state cannot be read, so this is the end; those that are left are told so with all the others.
        this.#overdue.push(...reads.slice(at));
        throw error;
      }
    }
  }

  #query(read: PendingRead, followUps: Input[]): void {
    const result = this.#machine.query(read.words, this.#clock.wall());
    if ("deadline" in result) {
      this.#overdue.push(read);
      followUps.push({ kind: "deadline", at: result.deadline });
      return;
    }
    this.#answer(read, { kind: "reply", reply: result.reply, index: this.#machine.index, block: undefined });
  }

  #answer(read: PendingRead, outcome: Outcome): void {
    this.#size -= 1;
    this.#observer.read(outcome.kind, this.#clock.monotonic() - read.since);
    read.answer(outcome);
  }
}
