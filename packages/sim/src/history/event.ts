// The record of what clients saw: one event when an operation is invoked, one when it completes. The field names are
// Jepsen's, so that outside checkers read our histories and ours read theirs. Precedence is the order of the events
// (`index`), never their time: clocks of several machines do not order anything.

/** What JSON can say. Two values are the same when their JSON is, whatever the order of an object's fields. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/**
 * `ok`: it happened, and this is what it answered. `fail`: it certainly did not happen, and never will.
 * `info`: nobody knows; it may take effect at any time from its invocation on, or never.
 */
export type EventType = "invoke" | "ok" | "fail" | "info";

/**
 * - `read`: the value is what was read; `null` at the invocation, and for a key that holds nothing.
 * - `write`: the value is what was written.
 * - `cas`: the value is `[expected, next]`; a comparison that did not hold is a `fail`.
 * - `append`: the value is one element, put at the end of the key's list; reads of that key give the list.
 * - `txn`: the value is a list of steps, done as one.
 */
export type OperationName = "read" | "write" | "cas" | "append" | "txn";

/** Who invokes; one process waits for an answer before it invokes again. */
export type ProcessName = number | string;

/** A step of a transaction: read a key (`null` until answered), write a key, append an element to a key's list. */
export type Step = readonly [f: "r" | "w" | "append", key: string, value: Value];

/** One line of a history. */
export interface HistoryEvent {
  /** Position in the history, from 0. */
  readonly index: number;
  readonly process: ProcessName;
  readonly type: EventType;
  readonly f: OperationName;
  /** The key; absent for `txn` and in histories of a single object. */
  readonly key?: string;
  readonly value: Value;
  /** For people: virtual milliseconds in the simulator, whatever the recorder had elsewhere. Orders nothing. */
  readonly time: number;
}

/** The text that stands for a value: equal exactly for equal values. */
export function valueText(value: Value): string {
  return JSON.stringify(value, sortFields);
}

function sortFields(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value);
  return Object.fromEntries(fields.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}
