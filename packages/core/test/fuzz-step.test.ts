import { expect, it } from "vitest";
import { runStepFuzz } from "./fuzz-step.ts";

it("survives hostile frames while it works: nothing escapes, nobody halts, the log goes on", () => {
  const report = runStepFuzz({ seed: 1, count: 40_000 });
  expect(report.problems).toEqual([]);
  expect(report.frames).toBe(40_000);
  expect(report.commits).toBeGreaterThan(500);
  // Bytes that are nothing, blocks that are wrong, and names that are not the sender's: all of them came.
  for (const code of ["truncated", "bad-tag", "trailing-bytes", "bad-signature", "own-name"])
    expect(report.refused).toHaveProperty(code);
  expect(report.pendingBlocksMax).toBeLessThan(2_000);
});
