// Hashes: fields with values under one key.
import { type Command, read, type Word, write } from "../command.ts";
import { flag, float, integer, list, record, text, tuple } from "../reply.ts";
import { type Entries, Family, flat, type ScanOptions, scanWords } from "./family.ts";

/** Some of the fields, and the cursor that asks for more: `"0"` when there are none. */
export interface FieldPage<V> {
  readonly cursor: string;
  readonly fields: Record<string, V>;
}

export class HashCommands<V> extends Family<V> {
  /** The value of a field; null if it is missing. */
  hget(key: Word, field: Word): Command<V | null> {
    return read(this.maybe, "HGET", key, field);
  }

  /** Sets fields: `hset("user:1", { name: "Ada", age: 36 })`. Answers how many of them are new. */
  hset(key: Word, fields: Entries<Word>): Command<number> {
    return write(integer, "HSET", key, ...flat(fields));
  }

  /** Sets a field unless it is there. Answers whether it did. */
  hsetnx(key: Word, field: Word, value: Word): Command<boolean> {
    return write(flag, "HSETNX", key, field, value);
  }

  /** Removes fields. Answers how many were there. */
  hdel(key: Word, ...fields: Word[]): Command<number> {
    return write(integer, "HDEL", key, ...fields);
  }

  /** Whether a hash has a field. */
  hexists(key: Word, field: Word): Command<boolean> {
    return read(flag, "HEXISTS", key, field);
  }

  /** All fields with their values; empty if the key is missing. */
  hgetall(key: Word): Command<Record<string, V>> {
    return read(record(this.value), "HGETALL", key);
  }

  /** The values of fields, in the order asked for. */
  hmget(key: Word, ...fields: Word[]): Command<(V | null)[]> {
    return read(list(this.maybe), "HMGET", key, ...fields);
  }

  /** All fields. */
  hkeys(key: Word): Command<string[]> {
    return read(list(text), "HKEYS", key);
  }

  /** All values. */
  hvals(key: Word): Command<V[]> {
    return read(list(this.value), "HVALS", key);
  }

  /** How many fields a hash has. */
  hlen(key: Word): Command<number> {
    return read(integer, "HLEN", key);
  }

  /** Adds to a field; a missing one counts as 0. Answers the sum. */
  hincrby(key: Word, field: Word, amount: number | bigint): Command<number> {
    return write(integer, "HINCRBY", key, field, amount);
  }

  /** Adds to a field that may have a fraction. Answers the sum. */
  hincrbyfloat(key: Word, field: Word, amount: number): Command<number> {
    return write(float, "HINCRBYFLOAT", key, field, amount);
  }

  /** Some of the fields, from a cursor on that is `"0"` at first. */
  hscan(key: Word, cursor: Word = "0", options: ScanOptions = {}): Command<FieldPage<V>> {
    const decode = record(this.value);
    return read(
      (reply) => {
        const [next, fields] = tuple(reply, 2);
        return { cursor: text(next!), fields: decode(fields!) };
      },
      "HSCAN",
      key,
      cursor,
      ...scanWords(options),
    );
  }
}
