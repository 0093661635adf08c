// Replies as bytes, one form for each: what digests are taken of, and what a session keeps.
import { unreachable } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { sized, Unpacker, varint } from "../bytes/packing.ts";
import type { Reply } from "./reply.ts";

const KINDS = [
  "simple",
  "error",
  "integer",
  "bulk",
  "null",
  "null-array",
  "array",
  "set",
  "map",
  "pairs",
  "double",
  "boolean",
  "verbatim",
] as const;

const CODES: ReadonlyMap<string, string> = new Map(KINDS.map((kind, code) => [kind, String.fromCharCode(code)]));

export function packReply(reply: Reply): ByteString {
  const code = CODES.get(reply.kind)!;
  switch (reply.kind) {
    case "simple":
    case "error":
      return code + sized(reply.text);
    case "integer":
    case "double":
      // -0 and 0 print differently as doubles.
      return code + sized(Object.is(reply.value, -0) ? "-0" : String(reply.value));
    case "bulk":
      return code + sized(reply.value);
    case "null":
    case "null-array":
      return code;
    case "array":
    case "set":
      return code + varint(reply.items.length) + reply.items.map(packReply).join("");
    case "map":
    case "pairs":
      return (
        code +
        varint(reply.entries.length) +
        reply.entries.map(([key, value]) => packReply(key) + packReply(value)).join("")
      );
    case "boolean":
      return code + (reply.value ? "\x01" : "\x00");
    case "verbatim":
      return code + reply.format + sized(reply.text);
    default:
      return unreachable(reply);
  }
}

export function unpackReply(record: ByteString): Reply {
  return unpack(new Unpacker(record));
}

function unpack(from: Unpacker): Reply {
  const kind = KINDS[from.byte()]!;
  switch (kind) {
    case "simple":
    case "error":
      return { kind, text: from.sized() };
    case "integer": {
      const text = from.sized();
      const value = Number(text);
      return { kind, value: Number.isSafeInteger(value) ? value : BigInt(text) };
    }
    case "double":
      return { kind, value: Number(from.sized()) };
    case "bulk":
      return { kind, value: from.sized() };
    case "null":
    case "null-array":
      return { kind };
    case "array":
    case "set":
      return { kind, items: Array.from({ length: from.varint() }, () => unpack(from)) };
    case "map":
    case "pairs":
      return { kind, entries: Array.from({ length: from.varint() }, () => [unpack(from), unpack(from)] as const) };
    case "boolean":
      return { kind, value: from.byte() === 1 };
    case "verbatim": {
      const format = String.fromCharCode(from.byte(), from.byte(), from.byte()) as "txt" | "mkd";
      return { kind, format, text: from.sized() };
    }
    default:
      return unreachable(kind);
  }
}
