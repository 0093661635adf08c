// Sees an operation as a transaction: what it took from outside and what it left behind, key by key. What it read of its
// own writes must be just that; everything else is a matter between transactions.
import { type Step, type Value, valueText } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";
import { listRead } from "./list-model.ts";
import type { ObjectModel } from "./types.ts";

export interface Transaction {
  readonly operation: Operation;
  /** Its answer is known: it happened, and what it read is what it read. */
  readonly committed: boolean;
  readonly views: ReadonlyMap<string, View>;
}

/** What a transaction did with one key; all values as texts. */
export interface View {
  readonly object: ObjectModel;
  /** What it found: a register's value as a list of one, a list's elements. Undefined if it did not look, or nobody knows. */
  readonly found: readonly string[] | undefined;
  /** What it wrote or appended, in order. */
  readonly wrote: readonly string[];
}

/** A transaction whose answer contradicts itself. */
export interface InternalFault {
  readonly operation: Operation;
  readonly reason: string;
}

/** The steps of any operation; a read whose answer is unknown has the value undefined. */
export function stepsOf({
  f,
  key,
  value,
  outcome,
}: Operation): readonly (readonly [Step[0], string, Value | undefined])[] {
  switch (f) {
    case "txn":
      return ((value ?? []) as unknown as readonly Step[]).map(([step, of, argument]) => [
        step,
        of,
        step === "r" && outcome !== "ok" ? undefined : argument,
      ]);
    case "read":
      return [["r", key, outcome === "ok" ? value : undefined]];
    case "cas": {
      // Where it took effect, it had found what it expected: that much is known of an open one, too.
      const [expected = null, next = null] = (value ?? []) as readonly Value[];
      return [
        ["r", key, expected],
        ["w", key, next],
      ];
    }
    default:
      return [[f === "write" ? "w" : "append", key, value]];
  }
}

/** Reads an operation as a transaction over objects of known kinds. */
export function readTransaction(
  operation: Operation,
  objectOf: (key: string) => ObjectModel,
): { readonly transaction: Transaction; readonly faults: readonly InternalFault[] } {
  const views = new Map<string, Draft>();
  const faults: InternalFault[] = [];
  for (const [f, key, value] of stepsOf(operation)) {
    const view = views.get(key) ?? { object: objectOf(key), found: undefined, wrote: [] };
    views.set(key, view);
    if (f !== "r") view.wrote.push(valueText(value ?? null));
    else if (value !== undefined) {
      const reason = view.object === "register" ? readRegister(view, value) : readList(view, value);
      if (reason !== undefined)
        faults.push({ operation, reason: `it read ${valueText(value)} from ${name(key)} ${reason}` });
    }
  }
  return { transaction: { operation, committed: operation.outcome === "ok", views }, faults };
}

interface Draft {
  readonly object: ObjectModel;
  found: readonly string[] | undefined;
  readonly wrote: string[];
}

function readRegister(view: Draft, value: Value): string | undefined {
  const expected = view.wrote.at(-1) ?? view.found?.[0];
  const read = valueText(value);
  if (expected === undefined) view.found = [read];
  else if (expected !== read) return `but its own earlier steps make that ${expected}`;
  return undefined;
}

function readList(view: Draft, value: Value): string | undefined {
  const read = listRead(value);
  if (read === undefined) return "but that is no list";
  const outside = read.length - view.wrote.length;
  const own = outside < 0 ? undefined : read.slice(outside);
  if (own === undefined || own.some((element, at) => element !== view.wrote[at])) {
    return `but it had itself appended ${view.wrote.join(", ")} before`;
  }
  const found = read.slice(0, outside);
  if (view.found === undefined) view.found = found;
  else if (view.found.length !== found.length || view.found.some((element, at) => element !== found[at])) {
    return `but it had found [${view.found.join(", ")}] before`;
  }
  return undefined;
}

/** A key for people. */
export function name(key: string): string {
  return key === "" ? "the object" : key;
}
