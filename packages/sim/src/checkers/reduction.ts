// Makes a counterexample small. Each way to make a history smaller keeps this law: were the whole history linearizable,
// the smaller one would be too. So whatever still fails after it is a fault of the whole, not of the cutting. Three ways:
// - Cut: forget everything after a point. What was running there stays open.
// - Leave out reads, and writes whose value no operation that stays observes. In any order of the whole, the last write
//   before an observation wrote the observed value, so it stays, and everything observed is as it was.
// - Erase an element from the history: its appends, and its place in every read. Lists without it are as lists with it.
import { type Value, valueText } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";
import { listRead } from "./list-model.ts";
import { registerEffect } from "./register-model.ts";
import { stepsOf } from "./transaction.ts";

/** Whether a history is certainly not linearizable. */
export type Fails = (operations: readonly Operation[]) => boolean;

/** The shortest beginning of a failing history that fails. */
export function shortestFailingPrefix(operations: readonly Operation[], fails: Fails): readonly Operation[] {
  const ends = operations.flatMap(({ outcome, end }) => (outcome === "ok" ? [end] : [])).sort((a, b) => a - b);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fails(cutAfter(operations, ends[middle]!))) high = middle;
    else low = middle + 1;
  }
  const last = ends[high];
  if (last === undefined) return operations;
  const cut = cutAfter(operations, last);
  return fails(cut) ? cut : operations;
}

function cutAfter(operations: readonly Operation[], last: number): readonly Operation[] {
  return operations.flatMap((operation): readonly Operation[] => {
    if (operation.start > last) return [];
    if (operation.end <= last) return [operation];
    return operation.f === "read" ? [] : [{ ...operation, outcome: "info", end: Number.POSITIVE_INFINITY }];
  });
}

/** Leaves out registers' operations, in halves, quarters and at last one by one, while the rest still fails. */
export function reduceRegister(operations: readonly Operation[], fails: Fails): readonly Operation[] {
  return reduce(operations, fails, (kept, chunk) => {
    const dropped = unobserved(kept, new Set(chunk), (operation) => {
      const { observes, writes } = registerEffect(operation);
      return { observes: observes === undefined ? [] : [observes], writes: writes === undefined ? [] : [writes] };
    });
    return dropped.size === 0 ? undefined : kept.filter((operation) => !dropped.has(operation));
  });
}

/** What an operation found and what it left, as texts that are equal where one may have come from the other. */
interface Effect {
  readonly observes: readonly string[];
  readonly writes: readonly string[];
}

/** The operations of the chunk that may go: none leaves a value to an observer that stays. */
function unobserved(
  operations: readonly Operation[],
  chunk: ReadonlySet<Operation>,
  effectOf: (operation: Operation) => Effect,
): ReadonlySet<Operation> {
  const dropped = new Set(chunk);
  for (;;) {
    const observed = new Set<string>();
    for (const operation of operations) {
      if (!dropped.has(operation)) for (const value of effectOf(operation).observes) observed.add(value);
    }
    let again = false;
    for (const operation of dropped) {
      if (!effectOf(operation).writes.some((value) => observed.has(value))) continue;
      dropped.delete(operation);
      again = true;
    }
    if (!again) return dropped;
  }
}

/** Leaves out transactions of which nothing is found by those that stay, while the rest still fails. */
export function reduceTransactions(operations: readonly Operation[], fails: Fails): readonly Operation[] {
  return reduce(operations, fails, (kept, chunk) => {
    const dropped = unobserved(kept, new Set(chunk), transactionEffect);
    return dropped.size === 0 ? undefined : kept.filter((operation) => !dropped.has(operation));
  });
}

function transactionEffect(operation: Operation): Effect {
  const observes: string[] = [];
  const writes: string[] = [];
  for (const [f, key, value] of stepsOf(operation)) {
    const values =
      f === "r" ? (Array.isArray(value) ? [value, ...value] : value === undefined ? [] : [value]) : [value];
    for (const one of values) (f === "r" ? observes : writes).push(JSON.stringify([key, valueText(one ?? null)]));
  }
  return { observes, writes };
}

/** Leaves out reads of a list and erases elements while the rest still fails. */
export function reduceList(operations: readonly Operation[], fails: Fails): readonly Operation[] {
  const withoutElements = reduceBy(operations, fails, elementsOf, (kept, chunk) => eraseElements(kept, new Set(chunk)));
  const withoutReads = reduce(withoutElements, fails, (kept, chunk) => {
    const dropped = new Set(chunk.filter(({ f }) => f === "read"));
    return dropped.size === 0 ? undefined : kept.filter((operation) => !dropped.has(operation));
  });
  return reduceBy(withoutReads, fails, elementsOf, (kept, chunk) => eraseElements(kept, new Set(chunk)));
}

function elementsOf(operations: readonly Operation[]): readonly string[] {
  const elements = new Set<string>();
  for (const { f, value } of operations) {
    if (f === "append") elements.add(valueText(value));
    else for (const element of listRead(value) ?? []) elements.add(element);
  }
  return [...elements];
}

function eraseElements(operations: readonly Operation[], elements: ReadonlySet<string>): readonly Operation[] {
  return operations.flatMap((operation) => {
    const { f, value } = operation;
    if (f === "append") return elements.has(valueText(value)) ? [] : [operation];
    if (!Array.isArray(value)) return [operation];
    return [{ ...operation, value: (value as readonly Value[]).filter((item) => !elements.has(valueText(item))) }];
  });
}

/** One way to make it smaller: without this chunk, or undefined if nothing of the chunk can go. */
type Without<Unit> = (kept: readonly Operation[], chunk: readonly Unit[]) => readonly Operation[] | undefined;

function reduce(operations: readonly Operation[], fails: Fails, without: Without<Operation>): readonly Operation[] {
  return reduceBy(operations, fails, (kept) => kept, without);
}

function reduceBy<Unit>(
  operations: readonly Operation[],
  fails: Fails,
  unitsOf: (kept: readonly Operation[]) => readonly Unit[],
  without: Without<Unit>,
): readonly Operation[] {
  let kept = operations;
  let size = Math.max(1, unitsOf(kept).length >>> 1);
  for (;;) {
    let smaller = false;
    const units = unitsOf(kept);
    for (let at = 0; at < units.length; at += size) {
      const candidate = without(kept, units.slice(at, at + size));
      if (candidate === undefined || !fails(candidate)) continue;
      kept = candidate;
      smaller = true;
    }
    if (size > 1) size >>>= 1;
    else if (!smaller) return kept;
  }
}
