// What the harness tells the load generator, a process of its own, and what that answers: one word for each order.
import type { Address } from "../place.ts";

/** What the members of a system speak with their clients. */
export type Language = "redis" | "etcd";

export interface Target {
  readonly redis: Address;
  readonly http: Address;
}

/** A stretch of time, by the clock of the machine (clock.ts), and who was not healthy in it. */
export interface Window {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly unhealthy: readonly number[];
}

export interface Connect {
  readonly speaks: Language;
  readonly targets: readonly Target[];
  readonly connections: number;
}

export type Order =
  | ({ readonly kind: "connect" } & Connect)
  /** Every connection writes as soon as it is answered. */
  | { readonly kind: "flood"; readonly ms: number }
  /** From now on writes are sent when a schedule says so, whatever was answered. */
  | { readonly kind: "steady"; readonly perSecond: number }
  /** Answered when every connection to these replicas is served again, or that time is over. */
  | { readonly kind: "await"; readonly replicas: readonly number[]; readonly ms: number }
  /** Who leads, where somebody does. */
  | { readonly kind: "leader" }
  /** Stops, reads everything back, writes the history to that file if there is one. */
  | { readonly kind: "finish"; readonly windows: readonly Window[]; readonly history: string | undefined };

export type Word =
  | { readonly kind: "connected" }
  | { readonly kind: "flooded"; readonly perSecond: number }
  | { readonly kind: "steady" }
  | { readonly kind: "awaited" }
  | { readonly kind: "led"; readonly by: number }
  | { readonly kind: "finished"; readonly report: LoadReport }
  | { readonly kind: "failed"; readonly message: string };

export interface WindowReport {
  readonly name: string;
  readonly writes: number;
  /** The longest time that a connection to a healthy replica went without a successful write. */
  readonly pauseMs: number;
  /** Of which replica that was, by place, and how long after the window's beginning the pause began. */
  readonly pauseAt: number;
  readonly pauseAfterMs: number;
  /** The longest time that a healthy replica answered no write, on none of its connections. */
  readonly replicaPauseMs: number;
  /** The slowest write of these connections, from when it was due. */
  readonly slowestMs: number;
  /** How long it took from the window's beginning until clients of a struck replica were served again; -1 where they were not. */
  readonly backMs: number;
  /** How long the load generator itself stood still at most. */
  readonly stallMs: number;
  /** Errors on connections to healthy replicas, by kind. */
  readonly errors: Readonly<Record<string, number>>;
  /** Errors on the others. */
  readonly errorsElsewhere: Readonly<Record<string, number>>;
}

export interface LoadReport {
  readonly windows: readonly WindowReport[];
  readonly acknowledged: number;
  /** Acknowledged writes that nobody finds; the first few by name. */
  readonly lost: number;
  readonly lostNames: readonly string[];
  /** Reads at the end, when nobody was struck any more, that were refused and tried again. */
  readonly refusedReads: number;
  readonly session: {
    readonly acknowledged: number;
    /** Sent once more to another replica, because no answer came or just to see. */
    readonly sentAgain: number;
    readonly lost: number;
    readonly doubled: number;
  };
  /** Operations in the history. */
  readonly recorded: number;
}
