// Reads replies. Nothing is bent to fit: what is not what the method promises is an error that says what came instead.
import type { JsonReply } from "@quorate/core/api";
import { fromBase64 } from "./command.ts";
import { ReplyError } from "./errors.ts";

/** Any reply, as `command()` gives it. */
export type Value = string | number | bigint | boolean | null | Uint8Array | Value[] | Map<Value, Value> | Error;

export type Decode<R> = (reply: JsonReply) => R;

export const nothing: Decode<void> = () => undefined;

/** Text; a reply that is no UTF-8 is refused. */
export const text: Decode<string> = (reply) => {
  if (typeof reply === "string") return reply;
  if (typeof reply === "number") return String(reply);
  if (isObject(reply) && "integer" in reply) return reply.integer;
  if (isObject(reply) && "double" in reply) return reply.double;
  if (isObject(reply) && "base64" in reply)
    throw new ReplyError("the reply is not text; ask for bytes, with client.bytes", reply);
  throw unexpected("text", reply);
};

export const bytes: Decode<Uint8Array> = (reply) => {
  if (isObject(reply) && "base64" in reply) return fromBase64(reply.base64);
  return new TextEncoder().encode(text(reply));
};

export const integer: Decode<number> = (reply) => {
  if (typeof reply === "number") return reply;
  if (isObject(reply) && "integer" in reply)
    throw new ReplyError(`${reply.integer} is beyond what a number holds exactly; command() answers a bigint`, reply);
  throw unexpected("an integer", reply);
};

export const float: Decode<number> = (reply) => {
  const spelled = isObject(reply) && "double" in reply ? reply.double : reply;
  if (typeof spelled === "number") return spelled;
  if (spelled === "inf") return Number.POSITIVE_INFINITY;
  if (spelled === "-inf") return Number.NEGATIVE_INFINITY;
  if (spelled === "nan") return Number.NaN;
  const number = typeof spelled === "string" && spelled !== "" ? Number(spelled) : Number.NaN;
  if (Number.isNaN(number)) throw unexpected("a number", reply);
  return number;
};

/** 1 or 0, or what RESP3 says instead. */
export const flag: Decode<boolean> = (reply) => (typeof reply === "boolean" ? reply : integer(reply) !== 0);

/** Whether a condition let it happen: `OK` or null. */
export const done: Decode<boolean> = (reply) => reply !== null;

export function orNull<R>(decode: Decode<R>): Decode<R | null> {
  return (reply) => (reply === null ? null : decode(reply));
}

export function list<R>(decode: Decode<R>): Decode<R[]> {
  return (reply) => {
    if (!isList(reply)) throw unexpected("a list", reply);
    return reply.map(decode);
  };
}

/** Pairs, whichever way they come: as a map, as an array of pairs, or flat. */
export function pairs<A, B>(left: Decode<A>, right: Decode<B>): Decode<[A, B][]> {
  return (reply) => {
    if (isObject(reply) && "map" in reply) return reply.map.map(([a, b]) => [left(a), right(b)]);
    if (!isList(reply)) throw unexpected("pairs", reply);
    if (reply.every((item) => isList(item) && item.length === 2))
      return (reply as readonly (readonly JsonReply[])[]).map(([a, b]) => [left(a!), right(b!)]);
    if (reply.length % 2 !== 0) throw unexpected("pairs", reply);
    return Array.from({ length: reply.length / 2 }, (_, at) => [left(reply[2 * at]!), right(reply[2 * at + 1]!)]);
  };
}

export function record<R>(decode: Decode<R>): Decode<Record<string, R>> {
  const read = pairs(text, decode);
  return (reply) => Object.fromEntries(read(reply));
}

export function tuple(reply: JsonReply, length: number): readonly JsonReply[] {
  if (!isList(reply) || reply.length !== length) throw unexpected(`${length} values`, reply);
  return reply;
}

/** Whatever it is. Bytes that are no text come as `Uint8Array`, integers beyond a number as bigint. */
export const anything: Decode<Value> = (reply) => {
  if (isList(reply)) return reply.map(anything);
  if (!isObject(reply)) return reply;
  if ("base64" in reply) return fromBase64(reply.base64);
  if ("integer" in reply) return BigInt(reply.integer);
  if ("double" in reply) return float(reply);
  if ("map" in reply) return new Map(reply.map.map(([key, value]) => [anything(key), anything(value)]));
  return new Error(reply.error);
};

/** The same with every text as bytes. */
export const anythingInBytes: Decode<Value> = (reply) => {
  if (typeof reply === "string") return bytes(reply);
  if (isList(reply)) return reply.map(anythingInBytes);
  if (isObject(reply) && "map" in reply)
    return new Map(reply.map.map(([key, value]) => [anythingInBytes(key), anythingInBytes(value)]));
  return anything(reply);
};

/** The refusal that stands in place of a reply, if one does. */
export function refusalIn(reply: JsonReply): string | undefined {
  return isObject(reply) && "error" in reply ? reply.error : undefined;
}

type JsonObject = Exclude<JsonReply, string | number | boolean | null | readonly JsonReply[]>;

function isObject(reply: JsonReply): reply is JsonObject {
  return typeof reply === "object" && reply !== null && !Array.isArray(reply);
}

function isList(reply: JsonReply): reply is readonly JsonReply[] {
  return Array.isArray(reply);
}

function unexpected(what: string, reply: JsonReply): ReplyError {
  return new ReplyError(`the reply should be ${what}, but it is ${JSON.stringify(reply).slice(0, 200)}`, reply);
}
