// Which transaction must come before which, and why. From unique elements, list reads give the whole order of versions
// away (the idea of Kingsbury and Alvaro's Elle); registers give away a part of it. Laws: every edge holds in every
// order that explains the history, so a cycle is a proof; and where all keys are lists, an order that obeys every edge
// explains the history, so that no cycle is a proof as well.
import { name, type Transaction } from "./transaction.ts";

export type DependencyKind = "ww" | "wr" | "rw" | "realtime";

/** `from` comes before `to`. */
export interface Dependency {
  readonly from: number;
  readonly to: number;
  readonly kind: DependencyKind;
  readonly reason: string;
}

/** Something wrong that shows without a cycle. */
export interface Fault {
  readonly anomaly: string;
  readonly transactions: readonly number[];
  readonly reason: string;
}

export interface Dependencies {
  /** By transaction. A number from the transactions' count on stands for a moment between transactions. */
  readonly edges: readonly (readonly Dependency[])[];
  readonly faults: readonly Fault[];
  /** Transactions that certainly happened. */
  readonly happened: ReadonlySet<number>;
  /** Whether an order that obeys the edges explains everything. */
  readonly complete: boolean;
}

/** Builds the graph over transactions (failed ones are needed too: their writes must not be seen). */
export function findDependencies(transactions: readonly Transaction[]): Dependencies {
  const graph = new Graph(transactions);
  const keys = new Map<string, number[]>();
  transactions.forEach(({ views }, at) => {
    for (const key of views.keys()) {
      const users = keys.get(key);
      if (users === undefined) keys.set(key, [at]);
      else users.push(at);
    }
  });
  const objects = [...keys].map(([key, users]) => new KeyUse(key, users, transactions));
  for (const object of objects) for (const at of object.observed()) graph.happened.add(at);
  let complete = true;
  for (const object of objects) {
    if (!object.isTraceable) complete = false;
    else if (object.isList) orderList(graph, object);
    else {
      complete = false;
      orderRegister(graph, object);
    }
  }
  orderByTime(graph);
  return { edges: graph.edges, faults: graph.faults, happened: graph.happened, complete };
}

class Graph {
  readonly transactions: readonly Transaction[];
  readonly edges: Dependency[][];
  readonly faults: Fault[] = [];
  readonly happened: Set<number>;

  constructor(transactions: readonly Transaction[]) {
    this.transactions = transactions;
    this.edges = transactions.map(() => []);
    this.happened = new Set(transactions.flatMap(({ committed }, at) => (committed ? [at] : [])));
  }

  add(from: number, to: number, kind: DependencyKind, reason: string): void {
    if (from !== to) this.edges[from]!.push({ from, to, kind, reason });
  }

  /** A moment that transactions can be before or after without an edge between each two. */
  moment(): number {
    return this.edges.push([]) - 1;
  }

  fault(anomaly: string, transactions: readonly number[], reason: string): void {
    this.faults.push({ anomaly, transactions, reason });
  }
}

/** Who did what with one key. */
class KeyUse {
  readonly key: string;
  readonly isList: boolean;
  /** Every value or element is written at most once by transactions that may have happened. */
  readonly isTraceable: boolean;
  /** Transactions that found something, with what. */
  readonly readers: readonly { readonly at: number; readonly found: readonly string[] }[];
  /** Transactions that may have happened and wrote, with what, in order. */
  readonly writers: readonly { readonly at: number; readonly wrote: readonly string[] }[];
  readonly writerOf: ReadonlyMap<string, number>;
  readonly failedWriterOf: ReadonlyMap<string, number>;

  constructor(key: string, users: readonly number[], transactions: readonly Transaction[]) {
    this.key = key;
    const views = users.map((at) => ({
      at,
      ...transactions[at]!.views.get(key)!,
      failed: isFailed(transactions[at]!),
    }));
    this.isList = views.some(({ object }) => object === "list");
    this.readers = views.flatMap(({ at, found }) =>
      found === undefined || !transactions[at]!.committed ? [] : [{ at, found }],
    );
    this.writers = views.filter(({ wrote, failed }) => wrote.length > 0 && !failed);
    const writerOf = new Map<string, number>();
    let unique = true;
    for (const { at, wrote } of this.writers) {
      for (const value of wrote) {
        unique &&= !writerOf.has(value) && (this.isList || value !== NOTHING);
        writerOf.set(value, at);
      }
    }
    this.writerOf = writerOf;
    this.isTraceable = unique;
    this.failedWriterOf = new Map(
      views.filter(({ failed }) => failed).flatMap(({ at, wrote }) => wrote.map((value) => [value, at] as const)),
    );
  }

  /** The transactions that happened because others saw what they wrote; nobody, where two may have written it. */
  observed(): readonly number[] {
    if (!this.isTraceable) return [];
    return this.readers.flatMap(({ found }) => found.flatMap((value) => this.writerOf.get(value) ?? []));
  }
}

/** What a register holds at first, as a text. */
const NOTHING = "null";

function isFailed({ operation }: Transaction): boolean {
  return operation.outcome === "fail";
}

function orderList(graph: Graph, use: KeyUse): void {
  const { key, readers, writerOf } = use;
  let longest = readers[0];
  for (const reader of readers) if (reader.found.length > longest!.found.length) longest = reader;
  const versions = longest?.found ?? [];
  const places = new Map(versions.map((element, at) => [element, at]));
  const faultsBefore = graph.faults.length;
  for (const reader of readers) checkListRead(graph, use, reader, longest!);
  checkGroups(graph, use, longest);
  // Edges from reads that contradict each other would prove nothing.
  if (graph.faults.length > faultsBefore) return;

  const writers = versions.map((element) => writerOf.get(element)!);
  const end = longest === undefined ? 0 : graph.transactions[longest.at]!.operation.end;
  for (let at = 1; at < versions.length; at++) {
    graph.add(
      writers[at - 1]!,
      writers[at]!,
      "ww",
      `appended ${versions[at]} to ${name(key)} after the other's ${versions[at - 1]}, as read at event ${end}`,
    );
  }
  for (const { at, found } of readers) {
    const last = found.at(-1);
    if (last !== undefined) graph.add(writerOf.get(last)!, at, "wr", `read the other's ${last} in ${name(key)}`);
    const next = versions[found.length];
    if (next !== undefined) {
      graph.add(at, writers[found.length]!, "rw", `appended ${next} to ${name(key)}, which the other did not see yet`);
    }
  }
  orderUnread(graph, use, {
    unread: use.writers.filter(({ at, wrote }) => graph.happened.has(at) && !places.has(wrote[0]!)),
    before: readers.filter(({ found }) => found.length === versions.length).map(({ at }) => at),
    why: "which the other did not see yet",
  });
}

/**
 * Writers that come after a point which readers stand before: what nobody read comes after all that somebody read. Those
 * readers stand behind whoever wrote what they read, so the writers need no edge of their own.
 */
function orderUnread(
  graph: Graph,
  { key }: KeyUse,
  {
    unread,
    before,
    why,
  }: {
    readonly unread: readonly { readonly at: number; readonly wrote: readonly string[] }[];
    readonly before: readonly number[];
    readonly why: string;
  },
): void {
  if (unread.length === 0) return;
  const moment = graph.moment();
  const writing = new Set(unread.map(({ at }) => at));
  for (const { at, wrote } of unread) {
    graph.add(moment, at, "rw", `wrote ${wrote[0]} to ${name(key)}`);
  }
  for (const at of before) if (!writing.has(at)) graph.add(at, moment, "rw", `, ${why}`);
  // One that both read and wrote stands on both sides of the moment. Two of them contradict each other already.
  for (const at of before.filter((reader) => writing.has(reader)).slice(0, 2)) {
    for (const { at: other, wrote } of unread) {
      graph.add(at, other, "rw", `wrote ${wrote[0]} to ${name(key)}, ${why}`);
    }
  }
}

function checkListRead(
  graph: Graph,
  use: KeyUse,
  { at, found }: { readonly at: number; readonly found: readonly string[] },
  longest: { readonly at: number; readonly found: readonly string[] },
): void {
  const where = `in ${name(use.key)}`;
  const seen = new Set<string>();
  for (const element of found) {
    if (use.writerOf.get(element) === at)
      graph.fault("future-read", [at], `read ${element} ${where} before it appended that itself`);
    if (seen.has(element)) graph.fault("duplicate", [at], `read ${element} twice ${where}`);
    seen.add(element);
    checkOrigin(graph, use, at, element);
  }
  const differing = found.findIndex((element, place) => element !== longest.found[place]);
  if (differing >= 0) {
    graph.fault(
      "incompatible-order",
      [at, longest.at],
      `read ${found[differing]} at position ${differing} ${where}, where the other read ${longest.found[differing]}`,
    );
    return;
  }
  // Somebody's appends come together: a read between them saw a transaction half done.
  const last = found.at(-1);
  const writer = last === undefined ? undefined : use.writerOf.get(last);
  if (writer === undefined || writer === at) return;
  const { wrote } = use.writers.find((one) => one.at === writer)!;
  if (wrote.at(-1) !== last) {
    graph.fault(
      "intermediate-read",
      [at, writer],
      `read ${last} ${where}, after which the other appended ${wrote.at(-1)}`,
    );
  }
}

function checkOrigin(graph: Graph, { key, writerOf, failedWriterOf }: KeyUse, at: number, value: string): void {
  if (writerOf.has(value)) return;
  const failed = failedWriterOf.get(value);
  if (failed === undefined) graph.fault("unwritten-read", [at], `read ${value} in ${name(key)}, which nobody wrote`);
  else
    graph.fault("aborted-read", [at, failed], `read ${value} in ${name(key)}, which the other wrote but which failed`);
}

/** In the longest list, each transaction's elements must stand in its order with nothing between. */
function checkGroups(
  graph: Graph,
  { key, writers, writerOf }: KeyUse,
  longest: { readonly at: number; readonly found: readonly string[] } | undefined,
): void {
  const elementsOf = new Map(writers.map(({ at, wrote }) => [at, wrote]));
  const versions = longest?.found ?? [];
  for (let at = 0; at < versions.length; ) {
    const writer = writerOf.get(versions[at]!);
    const wrote = writer === undefined ? undefined : elementsOf.get(writer);
    // What has no writer is a fault by itself; what breaks off at the end is an intermediate read.
    if (wrote === undefined) return;
    const wrong = wrote.findIndex((element, place) => at + place < versions.length && versions[at + place] !== element);
    if (wrong >= 0) {
      const stranger = writerOf.get(versions[at + wrong]!);
      graph.fault(
        "interleaved-writes",
        [...new Set([longest!.at, writer!, ...(stranger === undefined ? [] : [stranger])])],
        `read ${versions[at + wrong]} in ${name(key)} where ${wrote[wrong]} of the same transaction had to stand`,
      );
      return;
    }
    at += wrote.length;
  }
}

function orderRegister(graph: Graph, use: KeyUse): void {
  const { key, readers, writers, writerOf } = use;
  const finalOf = new Map(writers.map(({ at, wrote }) => [at, wrote.at(-1)!]));
  const readersOf = new Map<string, number[]>();
  for (const { at, found } of readers) {
    const value = found[0]!;
    const others = readersOf.get(value);
    if (others === undefined) readersOf.set(value, [at]);
    else others.push(at);
    const writer = writerOf.get(value);
    if (writer === undefined) {
      if (value !== NOTHING) checkOrigin(graph, use, at, value);
      continue;
    }
    if (writer === at) graph.fault("future-read", [at], `read ${value} in ${name(key)} before it wrote that itself`);
    else if (finalOf.get(writer) !== value) {
      graph.fault(
        "intermediate-read",
        [at, writer],
        `read ${value} in ${name(key)}, which the other replaced by ${finalOf.get(writer)} itself`,
      );
    }
    graph.add(writer, at, "wr", `read the other's ${value} in ${name(key)}`);
  }
  // Who replaces what it found comes directly after it: everyone else who found the same was earlier.
  for (const { at, found } of readers) {
    const next = finalOf.get(at);
    if (next === undefined) continue;
    const writer = writerOf.get(found[0]!);
    if (writer !== undefined) graph.add(writer, at, "ww", `replaced the other's ${found[0]} in ${name(key)}`);
    const others = readersOf.get(found[0]!)!;
    // Two that replaced the same value contradict each other; more need not be said.
    const rivals = others.filter((other) => finalOf.has(other)).slice(0, 2);
    for (const other of [...others.filter((reader) => !finalOf.has(reader)), ...rivals]) {
      graph.add(other, at, "rw", `wrote ${next} to ${name(key)}, where the other still found ${found[0]}`);
    }
  }
  orderUnread(graph, use, {
    unread: writers.filter(({ at }) => graph.happened.has(at)),
    before: readersOf.get(NOTHING) ?? [],
    why: "where the other still found nothing",
  });
}

/**
 * What completed before another was invoked comes before it. A moment stands for each completion, one after the other:
 * a transaction comes before the moment of its completion and after the last moment before its invocation.
 */
function orderByTime(graph: Graph): void {
  const events: { readonly at: number; readonly transaction: number; readonly completes: boolean }[] = [];
  for (const transaction of graph.happened) {
    const { start, end } = graph.transactions[transaction]!.operation;
    events.push({ at: start, transaction, completes: false });
    if (Number.isFinite(end)) events.push({ at: end, transaction, completes: true });
  }
  events.sort((left, right) => left.at - right.at);
  let last: number | undefined;
  for (const { transaction, completes } of events) {
    if (completes) {
      const moment = graph.moment();
      graph.add(transaction, moment, "realtime", "");
      if (last !== undefined) graph.add(last, moment, "realtime", "");
      last = moment;
    } else if (last !== undefined) graph.add(last, transaction, "realtime", "");
  }
}
