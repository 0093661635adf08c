// One register: read, write, compare-and-set; it holds null at first. A state is the number of a value. The model knows
// who still has to observe which value, and so sees early that overwriting a value would leave a read without an answer.
import { type Value, valueText } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";
import type { Interval, Model } from "./search.ts";

/** What a register operation observes and what it leaves behind; undefined for neither. */
export interface RegisterEffect {
  readonly observes: string | undefined;
  readonly writes: string | undefined;
}

const NOTHING = "null";

export function registerEffect({ f, value, outcome }: Pick<Operation, "f" | "value" | "outcome">): RegisterEffect {
  switch (f) {
    case "read":
      return { observes: outcome === "ok" ? valueText(value) : undefined, writes: undefined };
    case "write":
      return { observes: undefined, writes: valueText(value) };
    default: {
      const [expected = null, next = null] = Array.isArray(value) ? (value as readonly Value[]) : [];
      return { observes: valueText(expected), writes: valueText(next) };
    }
  }
}

/**
 * Operations that matter, with the interval in which each must take effect.
 * - A failed one did not happen, and an open read tells nothing.
 * - An open one whose value nobody observes is left out: after it nobody looks before the next write, so an order with
 *   it is an order without it.
 * - An open one that alone writes a value which a completed operation observed has happened before that one's end.
 */
export function registerIntervals(
  operations: readonly Operation[],
): readonly { readonly operation: Operation; readonly interval: Interval }[] {
  const effects = operations.map(registerEffect);
  const writers = new Map<string, number>([[NOTHING, 1]]);
  const observed = new Map<string, number>();
  operations.forEach(({ outcome, end }, at) => {
    const { observes, writes } = effects[at]!;
    if (outcome === "fail") return;
    if (writes !== undefined) writers.set(writes, (writers.get(writes) ?? 0) + 1);
    if (observes !== undefined)
      observed.set(observes, Math.min(end, observed.get(observes) ?? Number.POSITIVE_INFINITY));
  });
  return operations.flatMap((operation, at) => {
    const { start, end, outcome } = operation;
    if (outcome === "fail") return [];
    if (outcome === "ok") return [{ operation, interval: { start, end } }];
    const { writes } = effects[at]!;
    const latest = writes === undefined ? undefined : observed.get(writes);
    if (writes === undefined || latest === undefined) return [];
    const alone = writers.get(writes) === 1 && latest > start;
    return [{ operation, interval: { start, end: alone ? latest : Number.POSITIVE_INFINITY } }];
  });
}

interface NumberedEffect {
  readonly observes: number;
  readonly writes: number;
  readonly open: boolean;
}

const NONE = -1;
/** Stands for every value that nobody is left to observe. */
const UNOBSERVED = -2;

export class RegisterModel implements Model {
  readonly initial: number;
  readonly #effects: readonly NumberedEffect[];
  /** By value: completed operations left that observe it. */
  readonly #mustObserve: number[];
  /** By value: open operations left that would observe it. */
  readonly #mayObserve: number[];
  /** By value: operations left that write it. */
  readonly #writers: number[];

  constructor(operations: readonly Operation[], intervals: readonly Interval[]) {
    const numbers = new Map<string, number>();
    const numberOf = (text: string | undefined): number => {
      if (text === undefined) return NONE;
      const known = numbers.get(text) ?? numbers.size;
      numbers.set(text, known);
      return known;
    };
    this.initial = numberOf(NOTHING);
    this.#effects = operations.map((operation, at) => {
      const { observes, writes } = registerEffect(operation);
      const open = intervals[at]!.end === Number.POSITIVE_INFINITY;
      return { observes: numberOf(observes), writes: numberOf(writes), open };
    });
    this.#mustObserve = Array.from({ length: numbers.size }, () => 0);
    this.#mayObserve = [...this.#mustObserve];
    this.#writers = [...this.#mustObserve];
    for (const effect of this.#effects) this.#count(effect, 1);
  }

  step(state: number, operation: number): number {
    const { observes, writes, open } = this.#effects[operation]!;
    if (observes !== NONE && observes !== state) return -1;
    if (writes === NONE || writes === state) return state;
    // The value is lost unless someone writes it again: then all who must observe it have to be in already.
    const left = this.#mustObserve[state]! - (observes === state && !open ? 1 : 0);
    return left > 0 && this.#writers[state] === 0 ? -1 : writes;
  }

  harmless(state: number, operation: number): boolean {
    const { observes, writes } = this.#effects[operation]!;
    if (writes === NONE || writes === observes) return true;
    // One value that nobody observes takes the place of another.
    return observes === NONE && this.#isUnobserved(state) && this.#isUnobserved(writes);
  }

  classOf(operation: number): string {
    const { observes, writes } = this.#effects[operation]!;
    return `${observes}>${writes}`;
  }

  canonical(state: number): number {
    return this.#isUnobserved(state) ? UNOBSERVED : state;
  }

  enter(operation: number): void {
    this.#count(this.#effects[operation]!, -1);
  }

  leave(operation: number): void {
    this.#count(this.#effects[operation]!, 1);
  }

  #isUnobserved(state: number): boolean {
    return this.#mustObserve[state] === 0 && this.#mayObserve[state] === 0;
  }

  #count({ observes, writes, open }: NumberedEffect, by: number): void {
    const observers = open ? this.#mayObserve : this.#mustObserve;
    if (observes !== NONE) observers[observes] = observers[observes]! + by;
    if (writes !== NONE) this.#writers[writes] = this.#writers[writes]! + by;
  }
}
