// Commands of this replica's clients from the moment they come in until they have their answer.
import type { SubmittedCommand } from "@quorate/core";
import type { Outcome } from "../running-replica.ts";
import type { Clock } from "./clock.ts";
import type { DriverObserver } from "./driver.ts";

interface Pending {
  readonly answer: (outcome: Outcome) => void;
  readonly since: number;
}

export class PendingSubmissions {
  readonly #clock: Clock;
  readonly #observer: DriverObserver;
  readonly #pending = new Map<number, Pending>();
  #new: SubmittedCommand[] = [];
  #nextId = 1;

  constructor(clock: Clock, observer: DriverObserver) {
    this.#clock = clock;
    this.#observer = observer;
  }

  get size(): number {
    return this.#pending.size;
  }

  add(bytes: Uint8Array, session: boolean, answer: (outcome: Outcome) => void): void {
    const id = this.#nextId++;
    this.#pending.set(id, { answer, since: this.#clock.monotonic() });
    this.#new.push({ id, bytes, session });
  }

  /** What came in since the last turn. */
  take(): readonly SubmittedCommand[] {
    const commands = this.#new;
    this.#new = [];
    return commands;
  }

  answer(id: number, outcome: Outcome): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#observer.answered(outcome.kind, this.#clock.monotonic() - pending.since);
    pending.answer(outcome);
  }

  /** The replica stops. What no block carries yet is certainly not applied; of the rest nobody can tell. */
  stop(): void {
    for (const { id } of this.take()) this.answer(id, { kind: "refused", reason: "stopping" });
    for (const id of [...this.#pending.keys()])
      this.answer(id, { kind: "indeterminate", why: "the replica stopped before the command was final" });
  }
}
