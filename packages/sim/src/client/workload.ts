// What clients ask of a simulated cluster, as data, and the choice of the next operation. Every written value is unique
// in the run, so that a judge can tell which write a read saw.
import type { Millis } from "@quorate/core";
import type { Step, Value } from "../history/event.ts";
import type { Rng } from "../rng.ts";

/** How often each kind of operation is chosen, relative to the others. */
export interface OperationMix {
  readonly read: number;
  readonly write: number;
  readonly cas: number;
  readonly append: number;
  /** Reads of a list that is appended to. */
  readonly list: number;
  readonly txn: number;
  /** Writes that expire, and reads of keys that are written so. */
  readonly lend: number;
}

export interface WorkloadSpec {
  readonly clients: number;
  readonly mix: OperationMix;
  /** Keys of each kind. Few keys make conflicts. */
  readonly keys: number;
  /** Share of commands without a session: they are tried once. */
  readonly rawShare: number;
  /** Mean pause between two operations of a client. */
  readonly thinkMs: Millis;
  /** After this long without an answer a client turns to another replica. */
  readonly patienceMs: Millis;
  /** So many times before it gives up. */
  readonly attempts: number;
  /** Chance that a client changes its replica between two operations. */
  readonly roam: number;
  /** How long a lent value is to last, at most. */
  readonly ttlMs: Millis;
}

export const MIXED: OperationMix = { read: 4, write: 3, cas: 2, append: 2, list: 2, txn: 1, lend: 0 };

export const DEFAULT_WORKLOAD: WorkloadSpec = {
  clients: 4,
  mix: MIXED,
  keys: 3,
  rawShare: 0.2,
  thinkMs: 5,
  patienceMs: 400,
  attempts: 4,
  roam: 0.1,
  ttlMs: 300,
};

/** One operation as a client means it. */
export type Operation =
  | { readonly f: "read"; readonly key: string }
  | { readonly f: "write"; readonly key: string; readonly value: Value }
  | { readonly f: "cas"; readonly key: string; readonly expected: Value; readonly next: Value }
  | { readonly f: "append"; readonly key: string; readonly value: Value }
  | { readonly f: "lend"; readonly key: string; readonly value: Value; readonly ttlMs: Millis }
  | { readonly f: "txn"; readonly steps: readonly Step[]; readonly tag: number };

/** Chooses operations; remembers what was seen, so that comparisons have a chance to hold. */
export class OperationSource {
  readonly #spec: WorkloadSpec;
  readonly #rng: Rng;
  readonly #kinds: (keyof OperationMix)[] = [];
  readonly #seen = new Map<string, Value>();
  #values = 0;
  /** How long each lent value was to last. */
  readonly ttls: Map<Value, Millis> = new Map();

  constructor(spec: WorkloadSpec, rng: Rng) {
    this.#spec = spec;
    this.#rng = rng;
    for (const kind of KINDS) for (let times = 0; times < spec.mix[kind]; times++) this.#kinds.push(kind);
  }

  /** Some client saw this value. */
  saw(key: string, value: Value): void {
    this.#seen.set(key, value);
  }

  next(): Operation {
    const key = this.#rng.integer(this.#spec.keys);
    switch (this.#rng.pick(this.#kinds)) {
      case "read":
        return { f: "read", key: `r${key}` };
      case "write":
        return { f: "write", key: `r${key}`, value: this.#value() };
      case "cas":
        return { f: "cas", key: `r${key}`, expected: this.#seen.get(`r${key}`) ?? null, next: this.#value() };
      case "append":
        return { f: "append", key: `l${key}`, value: this.#value() };
      case "list":
        return { f: "read", key: `l${key}` };
      case "lend": {
        if (this.#rng.chance(0.5)) return { f: "read", key: `${LENT}${key}` };
        const value = this.#value();
        const ttlMs = 1 + this.#rng.integer(this.#spec.ttlMs);
        this.ttls.set(value, ttlMs);
        return { f: "lend", key: `${LENT}${key}`, value, ttlMs };
      }
      case "txn":
        return {
          f: "txn",
          steps: Array.from({ length: 1 + this.#rng.integer(3) }, () => this.#step()),
          tag: this.#value(),
        };
    }
  }

  /** Keys of transactions are lists: the order of their elements tells the order of the transactions. */
  #step(): Step {
    const key = `t${this.#rng.integer(this.#spec.keys)}`;
    return this.#rng.chance(0.5) ? ["r", key, null] : ["append", key, this.#value()];
  }

  #value(): number {
    this.#values += 1;
    return this.#values;
  }
}

/** Keys of lent values begin with this. */
export const LENT = "e";

const KINDS = ["read", "write", "cas", "append", "list", "txn", "lend"] as const satisfies (keyof OperationMix)[];
