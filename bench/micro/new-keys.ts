// One new key of each type: what grows the key space by one.
import type { Words } from "./feeder.ts";

const VALUE = "v".repeat(64);

export const NEW_KEYS: Readonly<Record<string, (key: string) => Words>> = {
  string: (key) => ["SET", key, VALUE],
  counter: (key) => ["INCR", key],
  list: (key) => ["RPUSH", key, VALUE],
  hash: (key) => ["HSET", key, "field", VALUE],
  set: (key) => ["SADD", key, VALUE],
  "sorted set": (key) => ["ZADD", key, "1", VALUE],
};
