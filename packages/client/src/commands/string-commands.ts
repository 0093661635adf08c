// Strings and numbers.
import { type Command, read, type Word, write } from "../command.ts";
import { done, flag, float, integer, list, nothing } from "../reply.ts";
import { type Entries, Family, flat, option, when } from "./family.ts";

export interface SetOptions extends Lifetime {
  /** Only where the key is missing. */
  readonly ifMissing?: boolean;
  /** Only where the key is there. */
  readonly ifExists?: boolean;
  /** Leaves the key's time to live as it is; without it, a key that is set does not expire. */
  readonly keepTtl?: boolean;
}

/** How long a key lives. */
interface Lifetime {
  /** Milliseconds of log time. */
  readonly ttlMs?: number;
  readonly expireAt?: Date;
}

export class StringCommands<V> extends Family<V> {
  /** The value of a key; null if it is missing. */
  get(key: Word): Command<V | null> {
    return read(this.maybe, "GET", key);
  }

  /** Gives a key a value, under conditions and with a time to live if wanted. Answers whether it did. */
  set(key: Word, value: Word, options: SetOptions = {}): Command<boolean> {
    return write(done, "SET", key, value, ...setWords(options));
  }

  /** As `set`, but answers the value that the key had before, or null. */
  getset(key: Word, value: Word, options: SetOptions = {}): Command<V | null> {
    return write(this.maybe, "SET", key, value, "GET", ...setWords(options));
  }

  /** The value of a key, which is removed. */
  getdel(key: Word): Command<V | null> {
    return write(this.maybe, "GETDEL", key);
  }

  /** The value of a key, which gets another time to live, or none. */
  getex(key: Word, options: Lifetime & { readonly persist?: boolean }): Command<V | null> {
    return write(this.maybe, "GETEX", key, ...lifetimeWords(options), ...when("PERSIST", options.persist));
  }

  /** The values of keys; null for each that is missing or no string. */
  mget(...keys: Word[]): Command<(V | null)[]> {
    return read(list(this.maybe), "MGET", ...keys);
  }

  /** Gives many keys values, all in one step. */
  mset(entries: Entries<Word>): Command<void> {
    return write(nothing, "MSET", ...flat(entries));
  }

  /** Gives many keys values if none of them is there. Answers whether it did. */
  msetnx(entries: Entries<Word>): Command<boolean> {
    return write(flag, "MSETNX", ...flat(entries));
  }

  /** Adds one to a number; a missing key counts as 0. Answers the sum. */
  incr(key: Word): Command<number> {
    return write(integer, "INCR", key);
  }

  /** Takes one from a number. Answers what is left. */
  decr(key: Word): Command<number> {
    return write(integer, "DECR", key);
  }

  /** Adds to a number. Answers the sum. */
  incrby(key: Word, amount: number | bigint): Command<number> {
    return write(integer, "INCRBY", key, amount);
  }

  /** Takes from a number. Answers what is left. */
  decrby(key: Word, amount: number | bigint): Command<number> {
    return write(integer, "DECRBY", key, amount);
  }

  /** Adds to a number that may have a fraction. Answers the sum. */
  incrbyfloat(key: Word, amount: number): Command<number> {
    return write(float, "INCRBYFLOAT", key, amount);
  }

  /** Adds to the end of a string. Answers its length in bytes. */
  append(key: Word, value: Word): Command<number> {
    return write(integer, "APPEND", key, value);
  }

  /** The bytes from one place to another, both included; negative places count from the end. */
  getrange(key: Word, start: number, end: number): Command<V> {
    return read(this.value, "GETRANGE", key, start, end);
  }

  /** Overwrites a string from a place on. Answers its length in bytes. */
  setrange(key: Word, offset: number, value: Word): Command<number> {
    return write(integer, "SETRANGE", key, offset, value);
  }

  /** How many bytes a string has; 0 if it is missing. */
  strlen(key: Word): Command<number> {
    return read(integer, "STRLEN", key);
  }
}

function setWords({ ifMissing, ifExists, keepTtl, ...lifetime }: SetOptions): Word[] {
  return [...when("NX", ifMissing), ...when("XX", ifExists), ...lifetimeWords(lifetime), ...when("KEEPTTL", keepTtl)];
}

function lifetimeWords({ ttlMs, expireAt }: Lifetime): Word[] {
  return [...option("PX", ttlMs), ...option("PXAT", expireAt?.getTime())];
}
