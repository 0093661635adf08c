// What every family of commands has: how values are read, as text or as bytes. A method makes a command and sends
// nothing; the client, pipelines and fences send what it makes.
import type { Word } from "../command.ts";
import { type Decode, orNull } from "../reply.ts";

export class Family<V> {
  protected readonly value: Decode<V>;
  protected readonly maybe: Decode<V | null>;

  constructor(value: Decode<V>) {
    this.value = value;
    this.maybe = orNull(value);
  }
}

/** Fields with values, members with scores: an object, a Map or a list of pairs. */
export type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [Word, T]>;

/** The entries as words, one after the other. */
export function flat<T extends Word>(entries: Entries<T>): Word[] {
  const pairs = Symbol.iterator in entries ? (entries as Iterable<readonly [Word, T]>) : Object.entries(entries);
  return [...pairs].flat();
}

/** Words of an option: nothing where it was not given. */
export function option(name: string, value: Word | undefined): Word[] {
  return value === undefined ? [] : [name, value];
}

/** A word that stands only where it was asked for. */
export function when(name: string, wanted: boolean | undefined): Word[] {
  return wanted === true ? [name] : [];
}

export interface ScanOptions {
  /** Only names that match: `user:*`. */
  readonly match?: string;
  /** About how many at a time. */
  readonly count?: number;
}

export function scanWords({ match, count }: ScanOptions): Word[] {
  return [...option("MATCH", match), ...option("COUNT", count)];
}
