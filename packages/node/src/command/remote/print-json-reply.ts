// A reply that came as JSON, as redis-cli prints it. JSON does not tell a status from a text; the few statuses there are
// go without quotes.
import type { JsonReply } from "@quorate/core/api";
import { byteString, printReply, type Reply, utf8 } from "@quorate/machine";

const STATUSES: ReadonlySet<string> = new Set(["OK", "QUEUED", "PONG"]);

/** `command` is the first word of the command that was answered. */
export function printJsonReply(reply: JsonReply, command: string): string {
  return printReply(toReply(reply, command.toLowerCase() === "type"));
}

function toReply(json: JsonReply, isStatus: boolean): Reply {
  if (json === null) return { kind: "null" };
  if (typeof json === "boolean") return { kind: "boolean", value: json };
  if (typeof json === "number") {
    return Number.isInteger(json) ? { kind: "integer", value: json } : { kind: "double", value: json };
  }
  if (typeof json === "string") {
    return isStatus || STATUSES.has(json) ? { kind: "simple", text: json } : { kind: "bulk", value: utf8(json) };
  }
  if (isList(json)) return { kind: "array", items: json.map((item) => toReply(item, false)) };
  if ("base64" in json) return { kind: "bulk", value: byteString(Buffer.from(json.base64, "base64")) };
  if ("integer" in json) return { kind: "integer", value: BigInt(json.integer) };
  if ("double" in json) return { kind: "bulk", value: utf8(json.double) };
  if ("error" in json) return { kind: "error", text: utf8(json.error) };
  return {
    kind: "map",
    entries: json.map.map(([key, value]) => [toReply(key, false), toReply(value, false)] as const),
  };
}

function isList(json: object): json is readonly JsonReply[] {
  return Array.isArray(json);
}
