// A reply as redis-cli prints it to a terminal: the one form in which documents, examples and people read replies.
import { unreachable } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import { formatDouble } from "./format-double.ts";
import type { Reply } from "./reply.ts";

/** The text of a reply, with redis-cli's quotes, types and numbering. */
export function printReply(reply: Reply): string {
  return print(reply, "");
}

function print(reply: Reply, indent: string): string {
  switch (reply.kind) {
    case "simple":
      return reply.text;
    case "error":
      return `(error) ${reply.text}`;
    case "integer":
      return `(integer) ${reply.value}`;
    case "bulk":
      return quote(reply.value);
    case "verbatim":
      return reply.text;
    case "null":
    case "null-array":
      return "(nil)";
    case "double":
      return quote(formatDouble(reply.value));
    case "boolean":
      return `(integer) ${reply.value ? 1 : 0}`;
    case "array":
      return list(reply.items, indent, "(empty array)");
    case "set":
      return list(reply.items, indent, "(empty array)");
    case "map":
    case "pairs":
      return list(reply.entries.flat(), indent, "(empty array)");
    default:
      return unreachable(reply);
  }
}

function list(items: readonly Reply[], indent: string, empty: string): string {
  if (items.length === 0) return empty;
  const width = String(items.length).length;
  const deeper = indent + " ".repeat(width + 2);
  return items
    .map((item, index) => `${index === 0 ? "" : indent}${String(index + 1).padStart(width)}) ${print(item, deeper)}`)
    .join("\n");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

function quote(text: ByteString): string {
  let quoted = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    const plain = code >= 0x20 && code < 0x7f ? character : `\\x${code.toString(16).padStart(2, "0")}`;
    quoted += ESCAPES.get(character) ?? plain;
  }
  return `"${quoted}"`;
}
