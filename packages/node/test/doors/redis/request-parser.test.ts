import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_REQUEST_LIMITS, type RequestLimits, RequestParser } from "../../../src/doors/redis/request-parser.ts";
import { encode } from "./door-client.ts";

const text = (word: Uint8Array): string => Buffer.from(word).toString("latin1");

/** Everything that a parser makes of these pieces, until it ends. */
function parse(pieces: readonly string[], limits: Partial<RequestLimits> = {}, isTrusted = true) {
  const parser = new RequestParser({ ...DEFAULT_REQUEST_LIMITS, ...limits });
  parser.isTrusted = isTrusted;
  const requests: string[][] = [];
  let heldMax = 0;
  for (const piece of pieces) {
    parser.push(Buffer.from(piece, "latin1"));
    for (let words = parser.next(); words !== undefined; words = parser.next()) requests.push(words.map(text));
    heldMax = Math.max(heldMax, parser.heldBytes);
  }
  return { requests, error: parser.error, heldMax };
}

function cut(bytes: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right);
  return [0, ...sorted].map((from, index) => bytes.slice(from, sorted[index]));
}

const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString("latin1"));
const request = fc.array(fc.oneof({ weight: 9, arbitrary: bytes(12) }, bytes(40_000)), { minLength: 1, maxLength: 6 });
const plainWord = fc.stringMatching(/^[!#-&(-~]{1,9}$/).filter((word) => !word.startsWith("*"));

describe("request parser", () => {
  it("gives the same requests in whatever pieces they come", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 12 }), (requests, places) => {
        const found = parse(cut(requests.map(encode).join(""), places));
        expect(found.error).toBeUndefined();
        expect(found.requests).toEqual(requests);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same requests byte by byte, lines and arrays mixed", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.array(bytes(9), { minLength: 1, maxLength: 4 }).map((words) => ({ words, text: encode(words) })),
            fc
              .array(plainWord, { minLength: 1, maxLength: 4 })
              .map((words) => ({ words, text: `${words.join(" ")}\n` })),
          ),
        ),
        (requests) => {
          const found = parse([...requests.map((one) => one.text).join("")]);
          expect(found.error).toBeUndefined();
          expect(found.requests).toEqual(requests.map(({ words }) => words));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("takes hostile bytes in any pieces without throwing, to the same end", () => {
    const hostile = fc.oneof(
      bytes(60),
      fc
        .array(
          fc.constantFrom("*", "$", "-", "0", "1", "2", "9", "\r\n", "\r", "\n", "\0", '"', "'", "\\x", " ", "a", "ÿ"),
        )
        .map((parts) => parts.join("")),
      fc.tuple(request, bytes(20)).map(([words, tail]) => encode(words).slice(0, -3) + tail),
    );
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(), { maxLength: 8 }), (stream, places) => {
        const whole = parse([stream]);
        const pieces = parse(cut(stream, places));
        expect(pieces.requests).toEqual(whole.requests);
        expect(pieces.error).toBe(whole.error);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps no more than it received, whatever was announced", () => {
    const limits = { requestBytesMax: 1_000_000, wordsMax: 1000 };
    expect(parse(["*1000\r\n$900000\r\nabc"], limits).heldMax).toBeLessThan(50_000);
    const { heldMax } = parse(["*1\r\n$900000\r\n", ...Array.from({ length: 20 }, () => "x".repeat(10_000))], limits);
    expect(heldMax).toBeGreaterThan(200_000);
    expect(heldMax).toBeLessThan(500_000);
  });

  it("refuses what exceeds a limit as soon as it is announced", () => {
    const limits = { requestBytesMax: 1000, wordsMax: 8 };
    expect(parse(["*9\r\n"], limits).error).toBe("Protocol error: invalid multibulk length");
    expect(parse(["*1\r\n$1001\r\n"], limits).error).toBe("Protocol error: invalid bulk length");
    expect(parse([`*3\r\n$500\r\n${"x".repeat(500)}\r\n$500\r\n`], limits).error).toBe(
      "Protocol error: a request may have at most 1000 bytes",
    );
    expect(parse(["x".repeat(200)], { inlineBytesMax: 100 }).error).toBe("Protocol error: too big inline request");
  });

  it("grants strangers little", () => {
    expect(parse(["*11\r\n"], {}, false).error).toBe("Protocol error: unauthenticated multibulk length");
    expect(parse(["*2\r\n$16385\r\n"], {}, false).error).toBe("Protocol error: unauthenticated bulk length");
    expect(parse([encode(["AUTH", "secret"])], {}, false).requests).toEqual([["AUTH", "secret"]]);
  });

  it("reads quotes and escapes of a typed line", () => {
    const line = String.raw`set "a b" 'it''s' "\x41\n\"" 'it\'s' x"y"`.replace("'it''s' ", "");
    expect(parse([`${line}\r\n`]).requests).toEqual([["set", "a b", 'A\n"', "it's", "xy"]]);
    expect(parse(['get "a\n']).error).toBe("Protocol error: unbalanced quotes in request");
    expect(parse(['get "a"b\n']).error).toBe("Protocol error: unbalanced quotes in request");
    expect(parse(["\r\n  \n\nPING\n"]).requests).toEqual([["PING"]]);
  });

  it("takes nothing more after an error", () => {
    const found = parse(["*1\r\n!\r\n", encode(["PING"])]);
    expect(found).toEqual({ requests: [], error: "Protocol error: expected '$', got '!'", heldMax: 0 });
  });
});
