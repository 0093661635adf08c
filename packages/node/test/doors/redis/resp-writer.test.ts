import { formatDouble, type Reply } from "@quorate/machine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Protocol, writeReply } from "../../../src/doors/redis/resp-writer.ts";
import { decode, type Wire } from "./resp-decoder.ts";

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array).toString("latin1"));

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record({ kind: fc.constant("bulk" as const), value: bytes }),
    fc.record({ kind: fc.constant("simple" as const), text: fc.constantFrom("OK", "QUEUED", "") }),
    fc.record({ kind: fc.constant("error" as const), text: bytes }),
    fc.record({
      kind: fc.constant("integer" as const),
      value: fc.oneof(fc.integer(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    }),
    fc.record({ kind: fc.constantFrom("null" as const, "null-array" as const) }),
    fc.record({ kind: fc.constant("double" as const), value: fc.double() }),
    fc.record({ kind: fc.constant("boolean" as const), value: fc.boolean() }),
    fc.record({
      kind: fc.constant("verbatim" as const),
      format: fc.constantFrom("txt" as const, "mkd" as const),
      text: bytes,
    }),
    fc.record({
      kind: fc.constantFrom("array" as const, "set" as const),
      items: fc.array(tie("reply"), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constantFrom("map" as const, "pairs" as const),
      entries: fc.array(fc.tuple(tie("reply"), tie("reply")), { maxLength: 3 }),
    }),
  ),
}));

/** What a reply is in that protocol, by the specification. */
function expected(value: Reply, protocol: Protocol): Wire {
  const three = protocol === 3;
  const many = (items: readonly Reply[]): Wire[] => items.map((item) => expected(item, protocol));
  switch (value.kind) {
    case "simple":
      return { type: "+", value: value.text };
    case "error":
      return { type: "-", value: value.text.replace(/[\r\n]/g, " ") };
    case "integer":
      return { type: ":", value: String(value.value) };
    case "bulk":
      return { type: "$", value: value.value };
    case "null":
      return three ? { type: "_", value: null } : { type: "$", value: null };
    case "null-array":
      return three ? { type: "_", value: null } : { type: "*", value: null };
    case "array":
      return { type: "*", value: many(value.items) };
    case "set":
      return { type: three ? "~" : "*", value: many(value.items) };
    case "map":
      return { type: three ? "%" : "*", value: many(value.entries.flat()) };
    case "pairs":
      if (!three) return { type: "*", value: many(value.entries.flat()) };
      return { type: "*", value: value.entries.map((pair) => ({ type: "*", value: many(pair) })) };
    case "double":
      return { type: three ? "," : "$", value: formatDouble(value.value) };
    case "boolean":
      return three ? { type: "#", value: value.value ? "t" : "f" } : { type: ":", value: value.value ? "1" : "0" };
    case "verbatim":
      return three ? { type: "=", value: `${value.format}:${value.text}` } : { type: "$", value: value.text };
  }
}

describe("RESP writer", () => {
  it("writes every reply as both protocols spell it, to the last byte", () => {
    fc.assert(
      fc.property(reply, fc.constantFrom<Protocol>(2, 3), (value, protocol) => {
        const text = writeReply(value, protocol);
        const decoded = decode(text);
        expect(decoded?.end).toBe(text.length);
        expect(decoded?.wire).toEqual(expected(value, protocol));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps an error on its line, so that no client can be made to read a reply that was not given", () => {
    expect(writeReply({ kind: "error", text: "ERR unknown 'a\r\n+OK'" }, 2)).toBe("-ERR unknown 'a  +OK'\r\n");
  });
});
