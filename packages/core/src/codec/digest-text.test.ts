// A remembered text is the digest's own, whichever digests share its place.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes.ts";
import { digestText } from "./digest-text.ts";

/** Digests that differ in few bytes: many share a place, and many are the same. */
const digest = fc
  .tuple(fc.nat(31), fc.nat(3), fc.nat(31), fc.nat(3))
  .map(([one, value, other, more]) =>
    Uint8Array.from({ length: 32 }, (_, at) => (at === one ? value : at === other ? more : 0)),
  );

describe("the text of a digest", () => {
  it("is its hex, wherever in the bytes it begins and whatever was asked before", () => {
    fc.assert(
      fc.property(fc.array(digest, { minLength: 1, maxLength: 30 }), fc.nat(40), (digests, offset) => {
        for (const bytes of digests) {
          const frame = new Uint8Array(offset + 32);
          frame.set(bytes, offset);
          expect(digestText(frame, offset)).toBe(toHex(bytes));
          expect(digestText(bytes)).toBe(toHex(bytes));
        }
      }),
      { numRuns: 500 },
    );
  });
});
