// Judges whether transactions are strictly serializable: whether all of them can be put in one order that explains every
// answer and in which what completed stands before what was invoked later. First the graph of dependencies, which gives
// short explanations and decides histories of lists by itself; then, where registers leave the order open, the search.
import type { HistoryEvent } from "../history/event.ts";
import { type Operation, pairOperations } from "../history/operation.ts";
import { sortDependencies } from "./cycle.ts";
import { type Dependencies, type DependencyKind, findDependencies } from "./dependencies.ts";
import { reduceTransactions, shortestFailingPrefix } from "./reduction.ts";
import { type Interval, search } from "./search.ts";
import { drawTimeline } from "./timeline.ts";
import { readTransaction, stepsOf, type Transaction } from "./transaction.ts";
import { TransactionModel } from "./transaction-model.ts";
import type { ObjectModel, Verdict } from "./types.ts";
import { UnsuitableHistoryError } from "./unsuitable.ts";

export interface SerializableOptions {
  /** How many moves the search may try before the verdict is `unknown`. */
  readonly budget?: number;
}

/** Why no order can be right. */
export interface SerializableEvidence {
  /**
   * `cycle` of dependencies; `no-order` if only trying them all showed it; otherwise what a single read shows:
   * `internal`, `duplicate`, `unwritten-read`, `aborted-read`, `intermediate-read`, `future-read`, `incompatible-order`,
   * `interleaved-writes`.
   */
  readonly anomaly: string;
  /** The transactions concerned; for a cycle, in its order. */
  readonly transactions: readonly Operation[];
  /** For a cycle: why each comes before the next (positions in `transactions`). */
  readonly dependencies: readonly {
    readonly from: number;
    readonly to: number;
    readonly kind: DependencyKind;
    readonly reason: string;
  }[];
  /** For what a single read shows: what it is. */
  readonly reasons: readonly string[];
}

const SERIALIZABLE_BUDGET_DEFAULT = 1_000_000;

/** Judges events; operations on a single key count as transactions of one step. */
export function checkSerializable(
  history: readonly HistoryEvent[],
  options: SerializableOptions = {},
): Verdict<SerializableEvidence> {
  return judgeSerializable(pairOperations(history), options);
}

/** As `checkSerializable`, for operations that are paired already. */
export function judgeSerializable(
  operations: readonly Operation[],
  { budget = SERIALIZABLE_BUDGET_DEFAULT }: SerializableOptions = {},
): Verdict<SerializableEvidence> {
  const result = decide(operations, budget);
  if (result.kind === "holds") return { kind: "holds", checked: operations.length };
  if (result.kind === "unknown") {
    const report = `${operations.length} transactions, gave up after ${result.steps} moves`;
    return { kind: "unknown", report };
  }
  const evidence = result.evidence ?? explain(operations, budget);
  return { kind: "violated", evidence, report: printEvidence(evidence) };
}

type Decision =
  | { readonly kind: "holds"; readonly steps: number }
  | { readonly kind: "unknown"; readonly steps: number }
  /** Without evidence, trying every order showed it. */
  | { readonly kind: "violated"; readonly evidence: SerializableEvidence | undefined; readonly steps: number };

function decide(operations: readonly Operation[], budget: number): Decision {
  const objects = objectsOf(operations);
  const read = operations.map((operation) => readTransaction(operation, (key) => objects.get(key)!));
  const fault = read.flatMap(({ faults }) => faults)[0];
  if (fault !== undefined) {
    const evidence = {
      anomaly: "internal",
      transactions: [fault.operation],
      dependencies: [],
      reasons: [fault.reason],
    };
    return { kind: "violated", evidence, steps: 0 };
  }
  const transactions = read.map(({ transaction }) => transaction);
  const dependencies = findDependencies(transactions);
  const evidence = faultEvidence(operations, dependencies) ?? cycleEvidence(operations, dependencies);
  if (evidence !== undefined) return { kind: "violated", evidence, steps: 0 };
  if (dependencies.complete) return { kind: "holds", steps: 0 };
  const placed = placeTransactions(transactions);
  const intervals = placed.map(({ interval }) => interval);
  const nodes = placed.map(({ at }) => at);
  const model = new TransactionModel(
    nodes.map((at) => transactions[at]!),
    intervals,
    nodes,
    { edges: dependencies.edges, transactionCount: transactions.length },
  );
  const { kind, steps } = search(intervals, model, budget);
  if (kind === "possible") return { kind: "holds", steps };
  return kind === "exhausted" ? { kind: "unknown", steps } : { kind: "violated", evidence: undefined, steps };
}

function objectsOf(operations: readonly Operation[]): ReadonlyMap<string, ObjectModel> {
  const objects = new Map<string, ObjectModel | undefined>();
  for (const operation of operations) {
    for (const [f, key] of stepsOf(operation)) {
      const known = objects.get(key);
      const asked = f === "r" ? known : f === "w" ? "register" : "list";
      if (known !== undefined && asked !== known) {
        throw new UnsuitableHistoryError(operation.start, `key ${JSON.stringify(key)} is both written and appended to`);
      }
      objects.set(key, asked);
    }
  }
  // A key that was only ever read is whatever was read from it.
  for (const operation of operations) {
    for (const [, key, value] of stepsOf(operation)) {
      if (objects.get(key) === undefined && Array.isArray(value)) objects.set(key, "list");
    }
  }
  return new Map([...objects].map(([key, object]) => [key, object ?? "register"]));
}

/**
 * The transactions to put in order, each with its interval. An open one counts only if somebody found what it wrote; if
 * it alone can have written that, it happened before that somebody completed.
 */
function placeTransactions(
  transactions: readonly Transaction[],
): readonly { readonly at: number; readonly interval: Interval }[] {
  const writers = new Map<string, number>();
  const foundBefore = new Map<string, number>();
  const name = (key: string, value: string): string => JSON.stringify([key, value]);
  for (const { operation, views } of transactions) {
    if (operation.outcome === "fail") continue;
    for (const [key, { object, found, wrote }] of views) {
      for (const value of wrote) writers.set(name(key, value), (writers.get(name(key, value)) ?? 0) + 1);
      for (const value of found ?? []) {
        const earlier = foundBefore.get(name(key, value)) ?? Number.POSITIVE_INFINITY;
        foundBefore.set(name(key, value), Math.min(earlier, operation.end));
        if (object === "register" && value === "null") writers.set(name(key, value), 2);
      }
    }
  }
  return transactions.flatMap(({ operation, views }, at) => {
    const { start, end, outcome } = operation;
    if (outcome === "fail") return [];
    if (outcome === "ok") return [{ at, interval: { start, end } }];
    const written = [...views].flatMap(([key, { wrote }]) => wrote.map((value) => name(key, value)));
    const found = written.filter((value) => foundBefore.has(value));
    if (found.length === 0) return [];
    let latest = Number.POSITIVE_INFINITY;
    for (const value of found) if (writers.get(value) === 1) latest = Math.min(latest, foundBefore.get(value)!);
    return [{ at, interval: { start, end: latest > start ? latest : Number.POSITIVE_INFINITY } }];
  });
}

function faultEvidence(operations: readonly Operation[], { faults }: Dependencies): SerializableEvidence | undefined {
  const [fault] = faults;
  if (fault === undefined) return undefined;
  const { anomaly, reason } = fault;
  const transactions = fault.transactions.map((at) => operations[at]!);
  return { anomaly, transactions, dependencies: [], reasons: [reason] };
}

function cycleEvidence(operations: readonly Operation[], { edges }: Dependencies): SerializableEvidence | undefined {
  const sorted = sortDependencies(edges, operations.length);
  if (sorted.kind === "order") return undefined;
  const { cycle } = sorted;
  const dependencies = cycle.map(({ from, to, kind, reason }, at) => {
    const { end } = operations[from]!;
    const byTime = `was invoked (event ${operations[to]!.start}) after the other had completed (event ${end})`;
    return { from: at, to: (at + 1) % cycle.length, kind, reason: kind === "realtime" ? byTime : reason };
  });
  return { anomaly: "cycle", transactions: cycle.map(({ from }) => operations[from]!), dependencies, reasons: [] };
}

/** Leaves out what the fault does not need; on the way a cycle may show that the whole history hid. */
function explain(operations: readonly Operation[], budget: number): SerializableEvidence {
  let left = 4 * budget;
  const fails = (candidate: readonly Operation[]): boolean => {
    if (left <= 0) return false;
    const { kind, steps } = decide(candidate, Math.min(budget, left));
    left -= steps + candidate.length;
    return kind === "violated";
  };
  const happened = operations.filter(({ outcome }) => outcome !== "fail");
  const reduced = reduceTransactions(shortestFailingPrefix(happened, fails), fails);
  const decision = decide(reduced, budget);
  if (decision.kind === "violated" && decision.evidence !== undefined) return decision.evidence;
  return { anomaly: "no-order", transactions: reduced, dependencies: [], reasons: ["every order was tried"] };
}

function printEvidence({ anomaly, transactions, dependencies, reasons }: SerializableEvidence): string {
  const count = transactions.length === 1 ? "this transaction" : `these ${transactions.length} transactions`;
  const names = transactions.map((_transaction, at) => `T${at + 1}`);
  const lines = [
    `not strictly serializable (${anomaly}): ${count} cannot stand in any order that explains every answer`,
    drawTimeline(transactions, names),
    ...reasons.map((reason) => `  ${anomaly === "no-order" ? "" : "T1 "}${reason.replaceAll("the other", "T2")}`),
    ...dependencies.map(
      ({ from, to, kind, reason }) =>
        `  ${names[from]} < ${names[to]} (${kind}): ${names[to]} ${reason.replaceAll("the other", names[from]!)}`,
    ),
  ];
  return lines.join("\n");
}
