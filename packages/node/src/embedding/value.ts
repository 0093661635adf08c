// Words and replies as an application has them: plain values of JavaScript instead of bytes and tagged unions.
import { type ByteString, bytesOf, type Reply, textOf, utf8 } from "@quorate/machine";
import { splitError } from "../doors/http/problem.ts";
import { CallError } from "./call-error.ts";

/** A key, value or argument. Text goes as UTF-8, a number in decimal, bytes as they are. */
export type Word = string | number | bigint | Uint8Array;

/**
 * A reply. Text is a string and what is no UTF-8 a `Uint8Array`; an integer is a bigint where a number would not be exact;
 * a `CallError` stands for a command of a transaction that was refused.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | CallError
  | readonly Value[]
  | ReadonlyMap<Value, Value>;

export function bytesOfWord(word: Word): Uint8Array {
  return word instanceof Uint8Array ? word : bytesOf(utf8(String(word)));
}

/** `asBytes`: what was stored comes as bytes, whether it is text or not. */
export function toValue(reply: Reply, asBytes: boolean): Value {
  const of = (each: Reply): Value => toValue(each, asBytes);
  switch (reply.kind) {
    case "simple":
      return reply.text;
    case "bulk":
      return stored(reply.value, asBytes);
    case "verbatim":
      return stored(reply.text, asBytes);
    case "integer":
    case "double":
    case "boolean":
      return reply.value;
    case "null":
    case "null-array":
      return null;
    case "array":
    case "set":
      return reply.items.map(of);
    case "map":
      return new Map(reply.entries.map(([key, value]) => [of(key), of(value)]));
    case "pairs":
      return reply.entries.map(([left, right]) => [of(left), of(right)]);
    case "error": {
      const { code, message } = splitError(textOf(reply.text) ?? reply.text);
      return new CallError("rejected", code, message);
    }
    default:
      return reply satisfies never;
  }
}

function stored(value: ByteString, asBytes: boolean): string | Uint8Array {
  return (asBytes ? undefined : textOf(value)) ?? bytesOf(value);
}
