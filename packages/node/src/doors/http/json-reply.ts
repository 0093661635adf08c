// Replies as JSON, and words of JSON as bytes. Everything is bytes underneath; the law here is that nothing is bent to
// fit: what JSON cannot hold exactly is spelled out, and what a JSON text may have lost already is refused.
import { isUtf8 } from "node:buffer";
import type { JsonReply, JsonWord } from "@quorate/core/api";
import { type ByteString, byteString, type Reply } from "@quorate/machine";

/** What of a reply counts besides its bytes. */
const ITEM_BYTES = 16;

/** A reply in JSON. An error inside of it (of a command in a transaction) becomes `{ error }`. */
export function toJsonReply(reply: Reply): JsonReply {
  switch (reply.kind) {
    case "simple":
      return reply.text;
    case "error":
      return { error: readable(reply.text) };
    case "integer":
      return typeof reply.value === "number" ? reply.value : { integer: String(reply.value) };
    case "bulk":
      return toJsonBytes(reply.value);
    case "verbatim":
      return toJsonBytes(reply.text);
    case "null":
    case "null-array":
      return null;
    case "array":
    case "set":
      return reply.items.map(toJsonReply);
    case "map":
      return { map: reply.entries.map(([key, value]) => [toJsonReply(key), toJsonReply(value)] as const) };
    case "pairs":
      return reply.entries.map(([left, right]) => [toJsonReply(left), toJsonReply(right)]);
    case "double":
      return isExact(reply.value) ? reply.value : { double: spelled(reply.value) };
    case "boolean":
      return reply.value;
    default:
      return reply satisfies never;
  }
}

/** What a reply holds, roughly. */
export function replyBytes(reply: Reply): number {
  switch (reply.kind) {
    case "simple":
    case "error":
    case "verbatim":
      return ITEM_BYTES + reply.text.length;
    case "bulk":
      return ITEM_BYTES + reply.value.length;
    case "array":
    case "set":
      return reply.items.reduce((sum, item) => sum + replyBytes(item), ITEM_BYTES);
    case "map":
    case "pairs":
      return reply.entries.reduce((sum, [key, value]) => sum + replyBytes(key) + replyBytes(value), ITEM_BYTES);
    default:
      return ITEM_BYTES;
  }
}

/** Bytes as text where they are UTF-8, and spelled out where they are not. */
export function toJsonBytes(value: ByteString): string | { readonly base64: string } {
  if (isAscii(value)) return value;
  const bytes = Buffer.from(value, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : { base64: bytes.toString("base64") };
}

/** Text for people: what is no UTF-8 is shown as well as it goes. */
export function readable(value: ByteString): string {
  return isAscii(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}

/** The bytes of a word; or what is wrong with it, as a sentence. */
export function toBytes(word: JsonWord): Uint8Array | string {
  if (typeof word === "string")
    return isWellFormed(word)
      ? Buffer.from(word, "utf8")
      : "text with half a character has no UTF-8; send it as base64";
  if (typeof word === "number") {
    if (Number.isInteger(word) && !Number.isSafeInteger(word))
      return `${word} is beyond what a JSON number holds exactly; send it as text`;
    return Number.isFinite(word) ? Buffer.from(String(word), "latin1") : "a number must be finite";
  }
  const bytes = Buffer.from(word.base64, "base64");
  return bytes.toString("base64") === word.base64
    ? bytes
    : "base64 must be in the standard alphabet, padded, and nothing else";
}

/** Percent-decodes a part of a URL to bytes, which need not be UTF-8; undefined when the escapes are broken. */
export function percentDecoded(text: string): Uint8Array | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const utf8 = byteString(Buffer.from(text, "utf8"));
  return Buffer.from(
    utf8.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}

/** JSON has no infinities, and `JSON.stringify` no -0. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function spelled(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === 0) return "-0";
  return value > 0 ? "inf" : "-inf";
}

function isAscii(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > 0x7f) return false;
  return true;
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
