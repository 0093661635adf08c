// What a module remembers: JSON values under text keys, in the order of the keys' UTF-8 bytes, of no other module's
// concern. Values go through one text form, so that what a command got it may change without changing the state, and
// equal values are equal bytes on every replica.
import { invariant } from "@quorate/core";
import { type ByteString, textOf, utf8 } from "../bytes/byte-string.ts";
import { sized } from "../bytes/packing.ts";
import { endOf } from "../state/layout.ts";
import type { Batch } from "../store/batch.ts";
import { Refusal } from "./refusal.ts";

/** What a command may answer, and what a state may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface EntriesOptions {
  /** Only keys that start so. */
  readonly prefix?: string;
  /** Only keys after this one, in the direction of reading. */
  readonly after?: string;
  readonly reverse?: boolean;
  /** At most so many; 1,000 unless given. */
  readonly limit?: number;
}

const KEY_BYTES_MAX = 1024;
const DEPTH_MAX = 64;

export class ModuleState {
  readonly #batch: Batch;
  readonly #prefix: ByteString;
  readonly #writable: boolean;

  constructor(batch: Batch, module: string, writable: boolean) {
    this.#batch = batch;
    this.#prefix = `u${sized(utf8(module))}`;
    this.#writable = writable;
  }

  /** The value of a key, a copy of one's own; undefined if there is none. */
  get<T extends Json = Json>(key: string): T | undefined {
    const record = this.#batch.get(this.#key(key));
    return record === undefined ? undefined : (parse(record) as T);
  }

  set(key: string, value: Json): void {
    this.#mustBeWritable();
    refuseDeep(value);
    this.#batch.put(this.#key(key), canonicalJson(value));
  }

  /** Removes a key; false if it was not there. */
  delete(key: string): boolean {
    this.#mustBeWritable();
    const place = this.#key(key);
    if (this.#batch.get(place) === undefined) return false;
    this.#batch.delete(place);
    return true;
  }

  /** Keys with their values, in order. */
  entries<T extends Json = Json>({
    prefix = "",
    after,
    reverse = false,
    limit = 1000,
  }: EntriesOptions = {}): [string, T][] {
    const start = this.#prefix + utf8(prefix);
    const cursor = after === undefined ? undefined : this.#key(after);
    const from = cursor !== undefined && !reverse && cursor >= start ? `${cursor}\0` : start;
    const end = endOf(start);
    const to = cursor !== undefined && reverse && cursor < end ? cursor : end;
    return this.#batch
      .range({ from, to, reverse, limit })
      .map(([key, record]) => [textOf(key.slice(this.#prefix.length))!, parse(record) as T]);
  }

  #key(key: string): ByteString {
    const bytes = utf8(key);
    if (bytes.length > KEY_BYTES_MAX) throw new Refusal(`a key has at most ${KEY_BYTES_MAX} bytes`, "ERR");
    return this.#prefix + bytes;
  }

  #mustBeWritable(): void {
    if (!this.#writable) throw new Refusal("a command marked readonly changes nothing", "ERR");
  }
}

/**
 * Refuses a value whose lists and objects lie too deep in each other: who reads it goes as deep, and a stack's own end
 * would not be the same on every replica.
 */
export function refuseDeep(value: Json, deeper: number = DEPTH_MAX): void {
  if (typeof value !== "object" || value === null) return;
  if (deeper === 0) throw new Refusal(`a value is nested at most ${DEPTH_MAX} deep`, "ERR");
  for (const each of Object.values(value)) refuseDeep(each, deeper - 1);
}

/** One text for every value: names are sorted, however the object was put together. */
function canonicalJson(value: Json): ByteString {
  const text = JSON.stringify(value, (_, each: Json) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );
  if (text === undefined) throw new Refusal("a state holds JSON values only", "ERR");
  return utf8(text);
}

function parse(record: ByteString): Json {
  const text = textOf(record);
  invariant(text !== undefined, "a module's record is not text");
  return JSON.parse(text) as Json;
}
