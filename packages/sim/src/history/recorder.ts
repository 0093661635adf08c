// Records a history while it happens. The simulator and load generators use it, so that index and shape are right by
// construction; a client that would break the rule of one open operation a process is refused at once.
import type { HistoryEvent, OperationName, ProcessName, Value } from "./event.ts";

/** What a client asks. */
export interface Invocation {
  readonly process: ProcessName;
  readonly f: OperationName;
  /** Left out for `txn`. */
  readonly key?: string;
  readonly value: Value;
  readonly time: number;
}

/** What came of it. The value is needed only where an answer tells something: `ok` reads and transactions. */
export interface Completion {
  readonly process: ProcessName;
  readonly type: "ok" | "fail" | "info";
  readonly value?: Value;
  readonly time: number;
}

export class HistoryRecorder {
  readonly #events: HistoryEvent[] = [];
  readonly #open = new Map<ProcessName, Invocation>();

  /** What was recorded so far, in order. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** Whether this process waits for an answer. */
  isOpen(process: ProcessName): boolean {
    return this.#open.has(process);
  }

  invoke(invocation: Invocation): void {
    if (this.#open.has(invocation.process)) {
      throw new Error(`process ${invocation.process} already has an open operation`);
    }
    this.#open.set(invocation.process, invocation);
    this.#push(invocation, "invoke", invocation.value, invocation.time);
  }

  complete(completion: Completion): void {
    const invocation = this.#open.get(completion.process);
    if (invocation === undefined) throw new Error(`process ${completion.process} has no open operation`);
    this.#open.delete(completion.process);
    const value = completion.value === undefined ? invocation.value : completion.value;
    this.#push(invocation, completion.type, value, completion.time);
  }

  #push(invocation: Invocation, type: HistoryEvent["type"], value: Value, time: number): void {
    const { process, f, key } = invocation;
    const index = this.#events.length;
    this.#events.push({ process, type, f, ...(key === undefined ? {} : { key }), value, time, index });
  }
}
