// The judges of logs are simple; each is shown every fault that it is there to see.
import { describe, expect, it } from "vitest";
import { checkAgreement } from "./agreement.ts";
import { checkDurability } from "./durability.ts";
import { checkLiveness } from "./liveness.ts";
import { checkMemory } from "./memory.ts";
import type { LivenessInput, LogEntry, ToldCommand } from "./types.ts";

const commit = (index: number, text = `c${index}`): LogEntry => ({
  kind: "commit",
  index,
  anchor: `A${index}`,
  chainDigest: text,
  stateDigest: `s${index}`,
});

describe("agreement", () => {
  it("holds for logs that are beginnings of one log, through restarts and snapshots", () => {
    const logs = [
      { replica: 0, entries: [commit(1), commit(2), commit(3), commit(4)] },
      { replica: 1, entries: [commit(1), commit(2), { kind: "started", index: 1 } as const, commit(2), commit(3)] },
      { replica: 2, entries: [{ kind: "restored", index: 3, stateDigest: "s3" } as const, commit(4)] },
      { replica: 3, entries: [] },
    ];
    expect(checkAgreement(logs)).toEqual({ kind: "holds", checked: 9 });
  });

  it.each([
    [
      "fork",
      2,
      "two replicas",
      [
        [commit(1), commit(2)],
        [commit(1), commit(2, "other")],
      ],
    ],
    [
      "fork",
      2,
      "one replica before and after a crash",
      [[commit(1), commit(2), { kind: "started", index: 1 }, commit(2, "other")]],
    ],
    ["fork", 1, "anchors alone", [[commit(1)], [{ kind: "commit", index: 1, anchor: "B1", chainDigest: "c1" }]]],
    [
      "state",
      1,
      "states after one commit",
      [[commit(1)], [{ kind: "commit", index: 1, anchor: "A1", chainDigest: "c1", stateDigest: "x" }]],
    ],
    ["state", 2, "a snapshot", [[commit(1), commit(2)], [{ kind: "restored", index: 2, stateDigest: "x" }]]],
    ["gap", 3, "a commit left out", [[commit(1), commit(3)]]],
    ["gap", 1, "a commit handed out twice", [[commit(1), commit(1)]]],
    ["gap", 3, "a restart that skips", [[commit(1), commit(2), { kind: "started", index: 1 }, commit(3)]]],
  ] as const)("sees a %s at %i: %s", (fault, index, _what, logs) => {
    const verdict = checkAgreement(logs.map((entries, replica) => ({ replica, entries })));
    expect(verdict).toMatchObject({ kind: "violated", evidence: { fault, index } });
  });

  it("names the first commit that differs, not the first that was compared", () => {
    const logs = [
      { replica: 0, entries: [commit(1), commit(2), commit(3)] },
      { replica: 1, entries: [commit(1), commit(2), commit(3, "other")] },
      { replica: 2, entries: [commit(1), commit(2, "other"), commit(3, "other")] },
    ];
    expect(checkAgreement(logs)).toMatchObject({ kind: "violated", evidence: { index: 2, replicas: [0, 2] } });
  });
});

describe("durability", () => {
  const told = (command: string, told: ToldCommand["told"], session = true): ToldCommand => ({
    command,
    told,
    session,
  });

  it("holds when the log has what was acknowledged, once, and nothing that was refused", () => {
    const verdict = checkDurability({
      told: [told("a", "acknowledged"), told("b", "refused"), told("raw", "acknowledged", false)],
      applied: [
        { command: "a", index: 1 },
        { command: "raw", index: 1 },
        { command: "raw", index: 2 },
        { command: "nobody was told", index: 3 },
      ],
    });
    expect(verdict).toEqual({ kind: "holds", checked: 3 });
  });

  it.each([
    ["lost", [told("a", "acknowledged")], []],
    ["repeated", [told("a", "acknowledged")], [1, 5]],
    ["refused-but-applied", [told("a", "refused")], [4]],
    ["refused-but-applied", [told("a", "refused", false)], [4]],
  ] as const)("sees what is %s", (fault, commands, indexes) => {
    const applied = indexes.map((index) => ({ command: "a", index }));
    expect(checkDurability({ told: commands, applied })).toMatchObject({
      kind: "violated",
      evidence: { fault, command: "a" },
    });
  });
});

describe("liveness", () => {
  const input = (applied: readonly (readonly [string, number])[], endedAt = 5000): LivenessInput => ({
    healedAt: 1000,
    bound: 500,
    endedAt,
    submitted: [
      { command: "early", at: 10 },
      { command: "late", at: 2000 },
    ],
    replicas: [{ replica: 3, applied: new Map(applied) }],
  });

  it("holds when everything arrived in time, counted from healing or submission, whichever is later", () => {
    expect(
      checkLiveness(
        input([
          ["early", 1500],
          ["late", 2500],
        ]),
      ),
    ).toEqual({ kind: "holds", checked: 2 });
  });

  it("sees what came late and what never came", () => {
    expect(
      checkLiveness(
        input([
          ["early", 1501],
          ["late", 2100],
        ]),
      ),
    ).toMatchObject({
      kind: "violated",
      evidence: { replica: 3, command: "early", dueAt: 1500, appliedAt: 1501 },
    });
    expect(checkLiveness(input([["early", 1400]]))).toMatchObject({
      kind: "violated",
      evidence: { command: "late", appliedAt: undefined },
    });
  });

  it("is unknown when the run ended before the bound", () => {
    expect(checkLiveness(input([["early", 1400]], 2499)).kind).toBe("unknown");
    // What is certain stays certain.
    expect(checkLiveness(input([], 2499))).toMatchObject({ kind: "violated", evidence: { command: "early" } });
  });
});

describe("memory", () => {
  const sample = (at: number, sizes: Record<string, number>) => ({ replica: 1, at, sizes });

  it("holds within the bounds", () => {
    const samples = [sample(1, { pending: 3 }), sample(2, { pending: 10, dag: 0 })];
    expect(checkMemory({ samples, bounds: { pending: 10, dag: 5 } })).toEqual({ kind: "holds", checked: 3 });
  });

  it("names the largest sample that is out of bounds", () => {
    const samples = [sample(1, { pending: 11 }), sample(2, { pending: 12 }), sample(3, { pending: 11 })];
    expect(checkMemory({ samples, bounds: { pending: 10 } })).toMatchObject({
      kind: "violated",
      evidence: { size: "pending", bound: 10, sample: { at: 2 } },
    });
  });

  it("refuses sizes without a bound, and sizes that are no numbers", () => {
    expect(checkMemory({ samples: [sample(1, { toString: 0 })], bounds: {} }).kind).toBe("violated");
    const samples = [sample(1, { dag: 1 }), sample(2, { dag: Number.NaN })];
    expect(checkMemory({ samples, bounds: { dag: 5 } }).kind).toBe("violated");
  });
});
