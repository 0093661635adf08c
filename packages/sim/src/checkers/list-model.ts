// One list: append an element, read the whole; it is empty at first. A state is a node of the tree of all lists that
// some read returned or an append made, so that a step costs the same however long the list is. The model knows how many
// reads are answered by each node or below it: a list that leaves a read without an answer is never built.
import { type Value, valueText } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";
import type { Interval, Model } from "./search.ts";

/** The elements that a read returned, as texts; undefined if what it returned is no list. */
export function listRead(value: Value): readonly string[] | undefined {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]).map(valueText) : undefined;
}

/**
 * Operations that matter, with the interval in which each must take effect. An open append that no read saw is left out:
 * it came after all of them or never. One that alone appends an element which a read saw has happened before that read's end.
 */
export function listIntervals(
  operations: readonly Operation[],
): readonly { readonly operation: Operation; readonly interval: Interval }[] {
  const appends = new Map<string, number>();
  const observed = new Map<string, number>();
  for (const { f, value, outcome, end } of operations) {
    if (f === "append" && outcome !== "fail") {
      const element = valueText(value);
      appends.set(element, (appends.get(element) ?? 0) + 1);
    } else if (f === "read" && outcome === "ok") {
      for (const element of listRead(value) ?? []) {
        const earlier = observed.get(element);
        if (earlier === undefined || earlier > end) observed.set(element, end);
      }
    }
  }
  return operations.flatMap((operation) => {
    const { f, value, outcome, start, end } = operation;
    if (outcome === "fail") return [];
    if (outcome === "ok") return [{ operation, interval: { start, end } }];
    if (f === "read") return [];
    const element = valueText(value);
    const latest = observed.get(element);
    if (latest === undefined) return [];
    const alone = appends.get(element) === 1 && latest > start;
    return [{ operation, interval: { start, end: alone ? latest : Number.POSITIVE_INFINITY } }];
  });
}

/** Answered by no list. */
const NO_NODE = -1;
/** Stands for every list that nobody is left to read. */
const UNREAD = -2;

export class ListModel implements Model {
  readonly initial: number = 0;
  readonly #children: Map<string, number>[] = [new Map()];
  /** By node: reads that it or a longer list answers. */
  readonly #readsBelow: number[] = [0];
  /** By operation: the node that answers a read. */
  readonly #answers: readonly number[];
  /** By operation: the element of an append. */
  readonly #elements: readonly (string | undefined)[];
  #readsLeft = 0;

  constructor(operations: readonly Operation[], _intervals: readonly Interval[]) {
    this.#elements = operations.map(({ f, value }) => (f === "append" ? valueText(value) : undefined));
    this.#answers = operations.map(({ f, value }) => (f === "append" ? NO_NODE : this.#plant(value)));
  }

  step(state: number, operation: number): number {
    const element = this.#elements[operation];
    if (element === undefined) return this.#answers[operation] === state ? state : -1;
    const child = this.#child(state, element);
    return this.#readsLeft > this.#readsBelow[child]! ? -1 : child;
  }

  harmless(_state: number, operation: number): boolean {
    return this.#elements[operation] === undefined || this.#readsLeft === 0;
  }

  classOf(operation: number): string {
    return this.#elements[operation] ?? "";
  }

  canonical(state: number): number {
    return this.#readsLeft === 0 ? UNREAD : state;
  }

  enter(operation: number): void {
    if (this.#elements[operation] === undefined) this.#readsLeft--;
  }

  leave(operation: number): void {
    if (this.#elements[operation] === undefined) this.#readsLeft++;
  }

  #plant(value: Value): number {
    this.#readsLeft++;
    const elements = listRead(value);
    if (elements === undefined) return NO_NODE;
    let node = this.initial;
    this.#readsBelow[node] = this.#readsBelow[node]! + 1;
    for (const element of elements) {
      node = this.#child(node, element);
      this.#readsBelow[node] = this.#readsBelow[node]! + 1;
    }
    return node;
  }

  #child(node: number, element: string): number {
    const known = this.#children[node]!.get(element);
    if (known !== undefined) return known;
    const child = this.#children.push(new Map()) - 1;
    this.#readsBelow.push(0);
    this.#children[node]!.set(element, child);
    return child;
  }
}
