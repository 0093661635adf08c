// One queue: push an element, pop the oldest; it is empty at first. Elements are unlike each other. A state is what the
// queue holds, interned.
import type { Interval, Model } from "./search.ts";

export interface QueueOperation {
  readonly f: "push" | "pop";
  /** What was pushed or popped; null: there was nothing to pop. Undefined for a pop whose answer nobody knows. */
  readonly value: number | null | undefined;
}

export class QueueModel implements Model {
  readonly initial: number = 0;
  readonly #operations: readonly QueueOperation[];
  readonly #states: (readonly number[])[] = [[]];
  readonly #numbers = new Map<string, number>([["", 0]]);

  constructor(operations: readonly QueueOperation[]) {
    this.#operations = operations;
  }

  step(state: number, operation: number): number {
    const { f, value } = this.#operations[operation]!;
    const held = this.#states[state]!;
    if (f === "push") return this.#number([...held, value!]);
    if (value === null) return held.length === 0 ? state : -1;
    if (held.length === 0 || (value !== undefined && held[0] !== value)) return -1;
    return this.#number(held.slice(1));
  }

  harmless(_state: number, operation: number): boolean {
    // To find it empty changes nothing.
    return this.#operations[operation]!.value === null;
  }

  classOf(operation: number): string {
    const { f, value } = this.#operations[operation]!;
    return `${f} ${value}`;
  }

  canonical(state: number): number {
    return state;
  }

  enter(): void {}

  leave(): void {}

  #number(held: readonly number[]): number {
    const name = held.join();
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#states.push(held) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

/**
 * Operations that matter, with the interval in which each must take effect. A push that nobody knows of and nobody popped
 * is left out: an order with it is an order without it, unless somebody found the queue full, and nobody can.
 */
export function queueIntervals<T extends QueueOperation & Interval>(operations: readonly T[]): readonly T[] {
  const popped = new Set(operations.flatMap(({ f, value }) => (f === "pop" && value != null ? [value] : [])));
  const unknownPops = operations.some(({ f, value }) => f === "pop" && value === undefined);
  return operations.filter(
    ({ end, f, value }) => f === "pop" || end !== Number.POSITIVE_INFINITY || unknownPops || popped.has(value!),
  );
}
