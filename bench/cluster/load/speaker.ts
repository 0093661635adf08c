// What the load generator needs of a system, whatever protocol that speaks: connections that write, readers that read
// back, and the name of whoever leads, where somebody does. The schedule and the arithmetic know nothing else of it, so
// that two systems are measured by the same code.
import { etcd } from "./etcd-speaker.ts";
import type { Language, Target } from "./orders.ts";
import { redis } from "./redis-speaker.ts";

export interface LineListener {
  opened(): void;
  /** That write was acknowledged, or refused with that word. */
  answered(number: number, refusal: string | undefined): void;
  /** The end: the error's code, or `closed`. Whatever was not answered never will be. */
  ended(why: string): void;
}

/** One connection, on which many writes may wait for their answers. It never sends anything twice. */
export interface Line {
  write(number: number, key: string, value: string): void;
  /** Ends it without a word to the listener. */
  close(): void;
}

export interface Reader {
  /** What is in those keys, by a linearizable read. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  close(): void;
}

export interface Speaker {
  /** As many writes may wait on a line; what is due beyond that is left out, as a client does that knows when to stop. */
  readonly unansweredMax: number;
  line(target: Target, listener: LineListener): Line;
  reader(target: Target): Reader;
  /** The place of the member that leads. Left out where all are equal. */
  leader?(targets: readonly Target[]): Promise<number>;
}

export const speakers: Readonly<Record<Language, Speaker>> = { redis, etcd };
