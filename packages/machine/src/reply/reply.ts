// What a command answers, in no protocol's clothes: doors write it as RESP2, RESP3 or JSON. The union follows RESP3,
// the richest of them; where RESP2 flattens something, the kind says so here once.
import type { ByteString } from "../bytes/byte-string.ts";

export type Reply =
  /** A short status in ASCII, such as OK. */
  | { readonly kind: "simple"; readonly text: string }
  /** An error whose first word is its code, as Redis writes them: `ERR syntax error`. */
  | { readonly kind: "error"; readonly text: ByteString }
  /** A signed 64-bit integer; a bigint only where a number would not be exact. */
  | { readonly kind: "integer"; readonly value: number | bigint }
  | { readonly kind: "bulk"; readonly value: ByteString }
  /** No value: RESP2 has two spellings of it, `$-1` and `*-1`, and which one is part of a command's contract. */
  | { readonly kind: "null" }
  | { readonly kind: "null-array" }
  | { readonly kind: "array"; readonly items: readonly Reply[] }
  /** RESP2: an array. */
  | { readonly kind: "set"; readonly items: readonly Reply[] }
  /** RESP2: a flat array of keys and values. */
  | { readonly kind: "map"; readonly entries: readonly (readonly [Reply, Reply])[] }
  /** Members with scores, fields with values. RESP3: an array of pairs. RESP2: a flat array. */
  | { readonly kind: "pairs"; readonly entries: readonly (readonly [Reply, Reply])[] }
  /** RESP2: a bulk string of `formatDouble`. */
  | { readonly kind: "double"; readonly value: number }
  /** RESP2: the integer 1 or 0. */
  | { readonly kind: "boolean"; readonly value: boolean }
  /** RESP2: a bulk string. */
  | { readonly kind: "verbatim"; readonly format: "txt" | "mkd"; readonly text: ByteString };

export const OK: Reply = { kind: "simple", text: "OK" };
export const NULL: Reply = { kind: "null" };
export const NULL_ARRAY: Reply = { kind: "null-array" };
export const EMPTY_ARRAY: Reply = { kind: "array", items: [] };

export function simple(text: string): Reply {
  return { kind: "simple", text };
}

export function bulk(value: ByteString): Reply {
  return { kind: "bulk", value };
}

/** A bulk string, or null for what is not there. */
export function bulkOrNull(value: ByteString | undefined): Reply {
  return value === undefined ? NULL : { kind: "bulk", value };
}

/** An integer in its one form: equal integers are equal replies. */
export function integer(value: number | bigint): Reply {
  if (typeof value === "number") return { kind: "integer", value };
  const short = Number(value);
  return { kind: "integer", value: Number.isSafeInteger(short) ? short : value };
}

export function array(items: readonly Reply[]): Reply {
  return { kind: "array", items };
}

export function double(value: number): Reply {
  return { kind: "double", value };
}

export function errorReply(text: ByteString): Reply {
  return { kind: "error", text };
}
