// What clients are told about commands without a reply: one of the codes that the pages list, certain or not, and what to do.
import { describe, expect, it } from "vitest";
import { indeterminateText, isPassing, type RefusalReason, refusalText } from "./connection-errors.ts";

const REASONS: Readonly<Record<RefusalReason, string>> = {
  "no-quorum": "NOQUORUM",
  recovering: "NOQUORUM",
  diverged: "NOQUORUM",
  stopping: "NOQUORUM",
  overloaded: "OVERLOADED",
  "too-large": "ERR",
  "bad-command": "ERR",
  "too-old": "REJECTED",
};

describe("a refusal", () => {
  it.each(Object.entries(REASONS) as [RefusalReason, string][])(
    "for %s says %s, and that nothing was applied",
    (reason, code) => {
      const text = refusalText(reason, { payloadBytesMax: 100 });
      expect(text.split(" ", 1)).toEqual([code]);
      expect(text).toMatch(/was not applied/);
      expect(isPassing(reason)).toBe(code === "NOQUORUM");
    },
  );

  it("because of what is fetched is true of a lost disk and of a long absence", () => {
    // The core has one reason for both.
    expect(refusalText("recovering", { payloadBytesMax: 100 })).toContain("what it lost or missed");
  });
});

it("what nobody can tell is to be read first, or sent again where its session makes that safe", () => {
  expect(indeterminateText("x", {})).toMatch(/^INDETERMINATE x; .*; read before you send it again, or use a session$/);
  const session = { id: "0".repeat(32), sequence: 1, acknowledgedUpTo: 0 };
  expect(indeterminateText("x", { session })).toMatch(/; send it again under the same number of its session/);
});
