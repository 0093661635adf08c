// A store of registers and lists under transactions, for the search. It decides what the graph of dependencies leaves
// open, and obeys that graph meanwhile: every edge of it holds in every order that explains the history.
import type { Dependency } from "./dependencies.ts";
import type { Interval, Model } from "./search.ts";
import type { Transaction } from "./transaction.ts";

/** A transaction's part in one key, in numbers. */
interface Part {
  readonly key: number;
  readonly list: boolean;
  /** The value that it must find; -1 for any. */
  readonly finds: number;
  /** Elements to append, or the one value to write. */
  readonly writes: readonly number[];
}

const ANY = -1;
const INITIAL = 0;

export class TransactionModel implements Model {
  readonly initial: number = 0;
  readonly #parts: readonly (readonly Part[])[];
  readonly #open: readonly boolean[];
  readonly #nodes: readonly number[];
  readonly #edges: readonly (readonly Dependency[])[];
  readonly #transactionCount: number;
  /** By node of the graph: predecessors that are not in. */
  readonly #waiting: number[];
  /** By key: what it holds now. */
  readonly #values: number[] = [];
  /** What was overwritten, to go back. */
  readonly #saved: number[] = [];
  /** By key: whether it is a list, and how many are left that must or would read it. */
  readonly #readersLeft: number[] = [];
  readonly #isList: boolean[] = [];
  /** By key of a list: completed transactions left that must read it. By list: those that it or a longer one answers. */
  readonly #mustRead: number[] = [];
  readonly #mustReadBelow: number[] = [];
  /** By value: completed transactions left that must find it, open ones left that would, and all left that write it last. */
  readonly #mustFind: number[] = [];
  readonly #mayFind: number[] = [];
  readonly #writersLeft: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #states = new Map<string, number>();

  /** `nodes[i]` is the graph's node of the transaction at position i. */
  constructor(
    transactions: readonly Transaction[],
    intervals: readonly Interval[],
    nodes: readonly number[],
    { edges, transactionCount }: { edges: readonly (readonly Dependency[])[]; transactionCount: number },
  ) {
    this.#nodes = nodes;
    this.#edges = edges;
    this.#transactionCount = transactionCount;
    this.#waiting = edges.map(() => 0);
    for (const list of edges) for (const { to } of list) this.#waiting[to] = this.#waiting[to]! + 1;
    this.#open = intervals.map(({ end }) => end === Number.POSITIVE_INFINITY);
    const keys = new Map<string, number>();
    this.#parts = transactions.map(({ views }, at) =>
      [...views].map(([name, { object, found, wrote }]): Part => {
        const key = keys.get(name) ?? keys.size;
        keys.set(name, key);
        const list = object === "list";
        this.#isList[key] = list;
        this.#values[key] = INITIAL;
        this.#readersLeft[key] = 0;
        this.#mustRead[key] = 0;
        const finds = found === undefined ? ANY : this.#valueOf(key, list, found);
        if (list && found !== undefined && !this.#open[at]) this.#plant(key, found);
        const writes = list
          ? wrote.map((element) => this.#number(`e${element}`))
          : wrote.slice(-1).map((value) => this.#valueOf(key, list, [value]));
        return { key, list, finds, writes };
      }),
    );
    for (let at = 0; at < this.#parts.length; at++) this.#count(at, 1);
    // A moment that nothing comes before has passed already.
    for (let moment = transactionCount; moment < edges.length; moment++) {
      if (this.#waiting[moment] === 0) this.#release(moment, -1);
    }
  }

  step(_state: number, operation: number): number {
    if (this.#waiting[this.#nodes[operation]!]! > 0) return -1;
    const must = this.#open[operation] ? 0 : 1;
    for (const { key, list, finds, writes } of this.#parts[operation]!) {
      const value = this.#values[key]!;
      if (finds !== ANY && finds !== value) return -1;
      if (writes.length === 0) continue;
      if (list) {
        // Whoever still has to find a list that is passed over would look in vain.
        const left = this.#mustRead[key]! - (finds === ANY ? 0 : must);
        const longer = writes.reduce((node, element) => this.#child(key, node, element), value);
        if (left > (this.#mustReadBelow[longer] ?? 0)) return -1;
      } else if (writes[0] !== value && this.#writers(key, value) === 0) {
        const left = this.#must(key, value) - (finds === value ? must : 0);
        if (left > 0) return -1;
      }
    }
    return 0;
  }

  harmless(_state: number, operation: number): boolean {
    return this.#parts[operation]!.every(({ writes }) => writes.length === 0);
  }

  classOf(operation: number): string {
    const node = this.#nodes[operation]!;
    return this.#waiting[node] === 0 && this.#edges[node]!.length === 0
      ? JSON.stringify(this.#parts[operation])
      : `node ${node}`;
  }

  canonical(): number {
    let text = "";
    for (let key = 0; key < this.#values.length; key++) {
      const value = this.#values[key]!;
      const seen = this.#isList[key] ? this.#readersLeft[key]! > 0 : this.#must(key, value) + this.#may(key, value) > 0;
      text += seen ? `${value},` : ",";
    }
    const known = this.#states.get(text) ?? this.#states.size;
    this.#states.set(text, known);
    return known;
  }

  enter(operation: number): void {
    this.#count(operation, -1);
    for (const { key, list, writes } of this.#parts[operation]!) {
      this.#saved.push(this.#values[key]!);
      for (const write of writes) this.#values[key] = list ? this.#child(key, this.#values[key]!, write) : write;
    }
    this.#release(this.#nodes[operation]!, -1);
  }

  leave(operation: number): void {
    this.#release(this.#nodes[operation]!, 1);
    for (const { key } of [...this.#parts[operation]!].reverse()) this.#values[key] = this.#saved.pop()!;
    this.#count(operation, 1);
  }

  /** Tells the nodes behind that this one is in (-1) or is not any more (1); moments pass it on. */
  #release(node: number, by: number): void {
    for (const { to } of this.#edges[node]!) {
      const before = this.#waiting[to]!;
      this.#waiting[to] = before + by;
      if (to >= this.#transactionCount && before + Math.min(by, 0) === 0) this.#release(to, by);
    }
  }

  #count(operation: number, by: number): void {
    const finders = this.#open[operation] ? this.#mayFind : this.#mustFind;
    for (const { key, list, finds, writes } of this.#parts[operation]!) {
      if (finds !== ANY) {
        const at = this.#slot(key, finds);
        finders[at] = (finders[at] ?? 0) + by;
        this.#readersLeft[key] = this.#readersLeft[key]! + by;
        if (!this.#open[operation]) this.#mustRead[key] = this.#mustRead[key]! + by;
      }
      if (!list && writes.length > 0) {
        const at = this.#slot(key, writes[0]!);
        this.#writersLeft[at] = (this.#writersLeft[at] ?? 0) + by;
      }
    }
  }

  #must(key: number, value: number): number {
    return this.#mustFind[this.#slot(key, value)] ?? 0;
  }

  #may(key: number, value: number): number {
    return this.#mayFind[this.#slot(key, value)] ?? 0;
  }

  #writers(key: number, value: number): number {
    return this.#writersLeft[this.#slot(key, value)] ?? 0;
  }

  /** Values are numbered across keys; only what a key holds at first has one number for all. */
  #slot(key: number, value: number): number {
    return value === INITIAL ? this.#number(`${key}=null`) : value;
  }

  #valueOf(key: number, list: boolean, found: readonly string[]): number {
    if (!list) return found[0] === "null" ? INITIAL : this.#number(`${key}=${found[0]}`);
    let node = INITIAL;
    for (const element of found) node = this.#child(key, node, this.#number(`e${element}`));
    return node;
  }

  #plant(key: number, found: readonly string[]): void {
    let node = INITIAL;
    for (const element of found) {
      node = this.#child(key, node, this.#number(`e${element}`));
      this.#mustReadBelow[node] = (this.#mustReadBelow[node] ?? 0) + 1;
    }
  }

  #child(key: number, node: number, element: number): number {
    return this.#number(`${key}:${node}+${element}`);
  }

  /** From 1: 0 is what every key holds at first. */
  #number(name: string): number {
    const known = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, known);
    return known;
  }
}
