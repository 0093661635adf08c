// Numbers as words give them: long ones, which must be refused or read in one pass over their digits.
import { describe, expect, it } from "vitest";
import { parseDouble } from "./arguments.ts";
import { parseCursor } from "./keys/scan.ts";

const DIGITS = "1".repeat(1_000_000);

describe("a double", () => {
  it.each(["1", "1.", "1.5", ".5", "1.e5", "1e5", "-1.5E-2", "+1"])("is read from %s", (text) => {
    expect(parseDouble(text)).toBe(Number(text));
  });

  it.each([".", "", "1.5.", "1e", "e5", "1x"])("is not read from '%s'", (text) => {
    expect(parseDouble(text)).toBeUndefined();
  });

  // Tried in every way in which its digits can be divided, one of these would take an hour.
  it.each([`${DIGITS}x`, `${DIGITS}.${DIGITS}x`, `1e${DIGITS}x`, `0x${DIGITS}.${DIGITS}x`])(
    "is refused in one pass, however long its text (%#)",
    (text) => {
      expect(parseDouble(text)).toBeUndefined();
    },
  );
});

describe("a cursor", () => {
  it("is read with zeros before it, and refused where it is no 64-bit number", () => {
    expect(parseCursor(`${"0".repeat(200_000)}18446744073709551615`)).toBe(2 ** 64);
    expect(parseCursor("-1")).toBe(2 ** 64);
    expect(parseCursor("+7")).toBe(7);
    expect(parseCursor("0")).toBe(0);
    for (const text of ["18446744073709551616", "-18446744073709551616", DIGITS, `${DIGITS}x`, "+", "1 "])
      expect(() => parseCursor(text)).toThrow(/invalid cursor/);
  });
});
