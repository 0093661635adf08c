// Commands of this replica's clients from the moment they come in until they have their answer.
import type { SubmittedCommand } from "@quorate/core";
import type { Outcome } from "../running-replica.ts";
import type { Clock } from "./clock.ts";
import type { DriverObserver } from "./driver.ts";

interface Pending {
  readonly command: SubmittedCommand;
  readonly answer: (outcome: Outcome) => void;
  readonly since: number;
}

export class PendingSubmissions {
  readonly #clock: Clock;
  readonly #observer: DriverObserver;
  readonly #pending = new Map<number, Pending>();
  /** Not given to the core, in the order in which they came. */
  #new: SubmittedCommand[] = [];
  #newBytes = 0;
  /** Given back by the core, which took them before anything that is new. */
  #back: SubmittedCommand[] = [];
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
    const command = { id, bytes, session };
    this.#pending.set(id, { command, answer, since: this.#clock.monotonic() });
    this.#new.push(command);
    this.#newBytes += bytes.length;
  }

  /** Bytes that the core does not have. */
  get newBytes(): number {
    return this.#newBytes;
  }

  /** The core refused it, but it may be asked again. */
  again(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#back.push(pending.command);
    this.#newBytes += pending.command.bytes.length;
  }

  /** What came in since the last turn, behind what came back. */
  take(): readonly SubmittedCommand[] {
    const commands = this.#back.length === 0 ? this.#new : [...this.#back, ...this.#new];
    this.#back = [];
    this.#new = [];
    this.#newBytes = 0;
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
