// What is told of an error depends on whether anybody meant it.
import { expect, it } from "vitest";
import { failureOf } from "./failure.ts";
import { UsageError } from "./usage-error.ts";

it("says no more of an error with a code than it says itself", () => {
  expect(failureOf(new UsageError("say what"))).toEqual({ code: "usage", message: "say what", words: "say what" });
  expect(failureOf("a text")).toEqual({ code: "failed", message: "a text", words: "a text" });
});

it("says where an error without a code came from", () => {
  const { code, message, words } = failureOf(new RangeError("too deep"));
  expect({ code, message }).toEqual({ code: "failed", message: "too deep" });
  expect(words).toMatch(/should not have happened: RangeError: too deep\n +at /);
});
