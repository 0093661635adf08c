// Pairs invocations with completions. A checker thinks in operations: what was asked, what came of it, and between which
// two events it must have taken effect. Law: an operation precedes another exactly if its completion stands before the
// other's invocation; what never completed has no end and precedes nothing.
import type { HistoryEvent, OperationName, ProcessName, Value } from "./event.ts";

/** One operation of a process. */
export interface Operation {
  readonly process: ProcessName;
  readonly f: OperationName;
  /** Empty for `txn` and in histories of a single object. */
  readonly key: string;
  /** What was asked; for an `ok` read or txn, what was answered. */
  readonly value: Value;
  /** `info` also for what was still open when the history ended. */
  readonly outcome: "ok" | "fail" | "info";
  /** Index of the invocation. */
  readonly start: number;
  /** Index of the completion; Infinity unless the outcome is `ok` or `fail`. */
  readonly end: number;
}

/** A history that no process could have produced; `index` is the event at fault. */
export class HistoryError extends Error {
  override readonly name: string = "HistoryError";
  readonly code = "bad-history";
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/** The operations of a history, in the order of their invocations. */
export function pairOperations(events: readonly HistoryEvent[]): readonly Operation[] {
  const operations: Operation[] = [];
  const open = new Map<ProcessName, { readonly place: number; readonly event: HistoryEvent }>();
  for (const event of events) {
    const invocation = open.get(event.process);
    if (event.type === "invoke") {
      if (invocation !== undefined) {
        throw new HistoryError(
          event.index,
          `process ${event.process} invokes ${event.f} while its ${invocation.event.f} (event ${invocation.event.index}) is still open; give each concurrent client a process of its own`,
        );
      }
      open.set(event.process, { place: operations.length, event });
      operations.push(openOperation(event));
      continue;
    }
    if (invocation === undefined) {
      throw new HistoryError(event.index, `process ${event.process} completes ${event.f} without having invoked it`);
    }
    open.delete(event.process);
    operations[invocation.place] = completeOperation(invocation.event, event);
  }
  return operations;
}

function openOperation(invocation: HistoryEvent): Operation {
  const { process, f, key = "", value, index } = invocation;
  return { process, f, key, value, outcome: "info", start: index, end: Number.POSITIVE_INFINITY };
}

function completeOperation(invocation: HistoryEvent, completion: HistoryEvent): Operation {
  const { process, f, key = "" } = invocation;
  if (completion.f !== f) {
    throw new HistoryError(completion.index, `process ${process} completes ${completion.f} but had invoked ${f}`);
  }
  if ((completion.key ?? "") !== key) {
    throw new HistoryError(
      completion.index,
      `process ${process} completes ${f} of key ${JSON.stringify(completion.key ?? "")} but had invoked it for key ${JSON.stringify(key)}`,
    );
  }
  if (completion.type === "info" || completion.type === "invoke") return openOperation(invocation);
  const answers = completion.type === "ok" && (f === "read" || f === "txn");
  return {
    process,
    f,
    key,
    value: answers ? completion.value : invocation.value,
    outcome: completion.type,
    start: invocation.index,
    end: completion.index,
  };
}
