// The bytes of scores: their order is the order of the doubles, and nothing but the sign of zero is lost.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterScore, packScore, readScore } from "./score.ts";

const score = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(Infinity, -Infinity, 0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE),
);

describe("the bytes of a score", () => {
  it("are ordered as the scores are", () => {
    fc.assert(
      fc.property(score, score, (left, right) => {
        expect(packScore(left) < packScore(right)).toBe(left < right);
        expect(packScore(left) === packScore(right)).toBe(left === right);
      }),
      { numRuns: 2000 },
    );
  });

  it("give the score back, a zero without its sign", () => {
    fc.assert(
      fc.property(score, (value) => {
        expect(readScore(packScore(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it("end below what comes after them, and no other score lies between", () => {
    fc.assert(
      fc.property(score, score, (value, other) => {
        expect(afterScore(value) > `${packScore(value)}\xff\xff`).toBe(true);
        if (other > value) expect(packScore(other) >= afterScore(value)).toBe(true);
      }),
    );
  });
});
