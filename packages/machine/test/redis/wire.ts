// Replies as they stand on the wire, in the form in which both sides are compared: what came from Redis, and what a door
// would send for a reply of the machine, in RESP2 and in RESP3.
import { unreachable } from "@quorate/core";
import type { Reply } from "../../src/index.ts";
import { formatDouble } from "../../src/reply/format-double.ts";

/** A value of either protocol. `type` is its first byte; containers hold their items in order, maps flat. */
export interface Wire {
  readonly type: string;
  readonly value: string | null | readonly Wire[];
}

export type Protocol = 2 | 3;

/** A reply of the machine as that protocol spells it. */
export function toWire(reply: Reply, protocol: Protocol): Wire {
  const items = (type: string, replies: readonly Reply[]): Wire => ({
    type,
    value: replies.map((item) => toWire(item, protocol)),
  });
  const three = protocol === 3;
  switch (reply.kind) {
    case "simple":
      return { type: "+", value: reply.text };
    case "error":
      return { type: "-", value: reply.text };
    case "integer":
      return { type: ":", value: String(reply.value) };
    case "bulk":
      return { type: "$", value: reply.value };
    case "null":
      return three ? { type: "_", value: null } : { type: "$", value: null };
    case "null-array":
      return three ? { type: "_", value: null } : { type: "*", value: null };
    case "array":
      return items("*", reply.items);
    case "set":
      return items(three ? "~" : "*", reply.items);
    case "map":
      return items(three ? "%" : "*", reply.entries.flat());
    case "pairs":
      if (!three) return items("*", reply.entries.flat());
      return { type: "*", value: reply.entries.map((pair) => items("*", pair)) };
    case "double":
      return { type: three ? "," : "$", value: formatDouble(reply.value) };
    case "boolean":
      if (three) return { type: "#", value: reply.value ? "t" : "f" };
      return { type: ":", value: reply.value ? "1" : "0" };
    case "verbatim":
      return three ? { type: "=", value: `${reply.format}:${reply.text}` } : { type: "$", value: reply.text };
    default:
      return unreachable(reply);
  }
}

/** One line for people, and the text by which values are compared. */
export function printWire({ type, value }: Wire): string {
  if (value === null) return `${type}(nil)`;
  if (typeof value === "string") return type + JSON.stringify(value);
  return `${type}[${value.map(printWire).join(" ")}]`;
}
