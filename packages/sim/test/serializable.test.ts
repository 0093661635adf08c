// The judge of transactions is held against every order tried on thousands of small histories, against textbook
// anomalies by name, and against histories that are too large for anything but the graph.
import { describe, expect, it } from "vitest";
import { createRng, judgeSerializable, type Operation, type Step, type Value } from "../src/index.ts";
import { bruteForce } from "./brute-force.ts";
import { correctHistory, falsified, type HistoryShape } from "./random-history.ts";

const SHAPES: readonly HistoryShape[] = [
  { names: ["txn"], stepNames: ["r", "append"], keyCount: 2, valuesBelow: 0, unknown: 0.2 },
  { names: ["txn"], stepNames: ["r", "r", "append"], keyCount: 3, valuesBelow: 0, unknown: 0 },
  { names: ["txn"], stepNames: ["r", "append"], keyCount: 2, valuesBelow: 2, unknown: 0.1 },
  { names: ["txn"], stepNames: ["r", "w"], keyCount: 2, valuesBelow: 0, unknown: 0.2 },
  { names: ["txn"], stepNames: ["r", "w"], keyCount: 2, valuesBelow: 2, unknown: 0.2 },
  { names: ["txn", "read", "write", "cas"], stepNames: ["r", "w"], keyCount: 2, valuesBelow: 0, unknown: 0.2 },
].map((shape) => ({ operationCount: 6, processCount: 3, stepsMax: 3, ...shape }) as HistoryShape);

describe.each(SHAPES)("transactions under %j", (shape) => {
  const rng = createRng(JSON.stringify(shape));

  it("are judged as trying every order judges them, in both directions", () => {
    const verdicts = { right: 0, wrong: 0 };
    for (let run = 0; run < 1500; run++) {
      const processCount = 2 + rng.integer(4);
      let operations = correctHistory(rng, { ...shape, processCount, operationCount: 3 + rng.integer(4) });
      for (let times = run % 4; times > 0; times--) operations = falsified(rng, operations);
      const expected = bruteForce(operations);
      const { kind } = judgeSerializable(operations);
      expect({ run, kind, operations }).toEqual({ run, kind: expected ? "holds" : "violated", operations });
      if (run % 4 === 0) expect(expected).toBe(true);
      verdicts[expected ? "right" : "wrong"]++;
    }
    expect(verdicts.right).toBeGreaterThan(300);
    expect(verdicts.wrong).toBeGreaterThan(150);
  });
});

describe("twelve transactions", () => {
  it("are judged as trying every order judges them", () => {
    const rng = createRng("twelve");
    const verdicts = { right: 0, wrong: 0 };
    for (let run = 0; run < 150; run++) {
      const stepNames: readonly Step[0][] = run % 2 === 0 ? ["r", "append"] : ["r", "w"];
      const shape: HistoryShape = {
        names: ["txn"],
        stepNames,
        keyCount: 3,
        valuesBelow: 0,
        unknown: 0.05,
        operationCount: 12,
        processCount: 4,
      };
      let operations = correctHistory(rng, shape);
      if (run % 3 > 0) operations = falsified(rng, operations);
      const expected = bruteForce(operations);
      expect(judgeSerializable(operations).kind).toBe(expected ? "holds" : "violated");
      verdicts[expected ? "right" : "wrong"]++;
    }
    expect(verdicts.right).toBeGreaterThan(40);
    expect(verdicts.wrong).toBeGreaterThan(40);
  });
});

/** `[start, end, ...steps]`; without an end nobody knows what became of it, `-end` says that it failed. */
function history(
  ...rows: readonly (readonly [start: number, end: number | undefined, ...steps: Step[]])[]
): Operation[] {
  return rows.map(([start, end, ...value], process) => ({
    process,
    f: "txn",
    key: "",
    value: value as unknown as Value,
    outcome: end === undefined ? "info" : end < 0 ? "fail" : "ok",
    start,
    end: end === undefined ? Number.POSITIVE_INFINITY : Math.abs(end),
  }));
}

describe("known anomalies", () => {
  it.each<readonly [string, string, number, Operation[]]>([
    [
      "write skew",
      "cycle",
      2,
      history([0, 2, ["r", "x", null], ["append", "y", 1]], [1, 3, ["r", "y", []], ["append", "x", 2]]),
    ],
    [
      "a lost update",
      "cycle",
      2,
      history([0, 2, ["r", "x", []], ["append", "x", 1]], [1, 3, ["r", "x", []], ["append", "x", 2]]),
    ],
    [
      "a lost update of a register",
      "cycle",
      2,
      history([0, 2, ["r", "x", null], ["w", "x", 1]], [1, 3, ["r", "x", null], ["w", "x", 2]]),
    ],
    [
      "a read skew",
      "cycle",
      2,
      history([0, 2, ["append", "x", 1], ["append", "y", 1]], [1, 3, ["r", "x", [1]], ["r", "y", []]]),
    ],
    [
      "a long fork",
      "cycle",
      4,
      history(
        [0, 10, ["append", "x", 1]],
        [1, 11, ["append", "y", 2]],
        [2, 12, ["r", "x", [1]], ["r", "y", []]],
        [3, 13, ["r", "x", []], ["r", "y", [2]]],
      ),
    ],
    [
      "circular information",
      "cycle",
      2,
      history([0, 2, ["append", "x", 1], ["r", "y", [2]]], [1, 3, ["append", "y", 2], ["r", "x", [1]]]),
    ],
    ["a stale read", "cycle", 2, history([0, 1, ["append", "x", 1]], [2, 3, ["r", "x", []]])],
    [
      "a stale read after others",
      "cycle",
      2,
      history([0, 1, ["append", "x", 1]], [2, 3, ["append", "z", 5]], [4, 5, ["r", "x", []]]),
    ],
    ["an aborted read", "aborted-read", 2, history([0, -1, ["append", "x", 1]], [2, 3, ["r", "x", [1]]])],
    ["an aborted read of a register", "aborted-read", 2, history([0, -1, ["w", "x", 1]], [2, 3, ["r", "x", 1]])],
    [
      "an intermediate read",
      "intermediate-read",
      2,
      history([0, 2, ["append", "x", 1], ["append", "x", 2]], [1, 3, ["r", "x", [1]]]),
    ],
    [
      "an intermediate read of a register",
      "intermediate-read",
      2,
      history([0, 2, ["w", "x", 1], ["w", "x", 2]], [1, 3, ["r", "x", 1]]),
    ],
    ["a read of nothing written", "unwritten-read", 1, history([0, 1, ["r", "x", [7]]])],
    ["a duplicate", "duplicate", 1, history([0, 2, ["append", "x", 1]], [1, 3, ["r", "x", [1, 1]]])],
    ["a read of its own future", "future-read", 1, history([0, 1, ["r", "x", [1]], ["append", "x", 1]])],
    ["a forgotten own write", "internal", 1, history([0, 1, ["append", "x", 1], ["r", "x", []]])],
    [
      "a read that does not repeat",
      "internal",
      1,
      history([0, 2, ["append", "x", 1]], [1, 3, ["r", "x", []], ["r", "x", [1]]]),
    ],
    [
      "two orders of one list",
      "incompatible-order",
      2,
      history(
        [0, 4, ["append", "x", 1]],
        [1, 5, ["append", "x", 2]],
        [2, 6, ["r", "x", [1, 2]]],
        [3, 7, ["r", "x", [2, 1]]],
      ),
    ],
    [
      "a transaction in two halves",
      "interleaved-writes",
      3,
      history(
        [0, 4, ["append", "x", 1], ["append", "x", 2]],
        [1, 5, ["append", "x", 3]],
        [2, 6, ["r", "x", [1, 3, 2]]],
      ),
    ],
    [
      "registers that no order explains though no dependency says so",
      "no-order",
      3,
      history(
        [0, 10, ["w", "x", 2], ["w", "y", 2]],
        [1, 11, ["w", "x", 3], ["w", "y", 3]],
        [2, 12, ["w", "z", 1]],
        [13, 14, ["r", "x", 2], ["r", "y", 3]],
        [15, 16, ["r", "x", 2]],
      ),
    ],
  ])("catches %s (%s, %i transactions)", (_title, anomaly, count, operations) => {
    expect(bruteForce(operations)).toBe(false);
    const verdict = judgeSerializable(operations);
    expect(verdict).toMatchObject({ kind: "violated", evidence: { anomaly } });
    if (verdict.kind === "violated") expect(verdict.evidence.transactions).toHaveLength(count);
  });

  it("shows a short cycle though a longer one stands before it", () => {
    const verdict = judgeSerializable(
      history(
        [0, 10, ["r", "y", []], ["append", "x", 1]],
        [1, 11, ["r", "w", []], ["append", "y", 2]],
        [2, 12, ["r", "x", []], ["append", "w", 3]],
        [20, 21, ["append", "z", 1]],
        [22, 23, ["append", "other", 1]],
        [24, 25, ["append", "other", 2]],
        [26, 27, ["r", "z", []]],
      ),
    );
    expect(verdict).toMatchObject({ evidence: { dependencies: [{ kind: "realtime" }, { kind: "rw" }] } });
  });

  it("explains each step of a cycle", () => {
    const verdict = judgeSerializable(
      history(
        [0, 1, ["append", "x", 1], ["append", "y", 7]],
        [2, 3, ["append", "x", 2]],
        [4, 6, ["r", "x", [1]]],
        [5, 7, ["r", "x", [1, 2]]],
      ),
    );
    expect(verdict.kind === "violated" ? verdict.report : "").toMatchInlineSnapshot(`
      "not strictly serializable (cycle): these 2 transactions cannot stand in any order that explains every answer
        T1  process 1  txn x+2    ├──┤        events 2–3
        T2  process 2  txn x→[1]        ├──┤  events 4–6
        T1 < T2 (realtime): T2 was invoked (event 4) after T1 had completed (event 3)
        T2 < T1 (rw): T1 appended 2 to x, which T2 did not see yet"
    `);
  });
});

describe("what is right", () => {
  it.each<readonly [string, Operation[]]>([
    ["an empty history", []],
    [
      "a transaction that reads what it appended",
      history([0, 1, ["append", "x", 1], ["r", "x", [1]], ["append", "x", 2], ["r", "x", [1, 2]]]),
    ],
    [
      "a transaction of unknown outcome that was seen",
      history([0, undefined, ["append", "x", 1]], [1, 2, ["r", "x", [1]]]),
    ],
    [
      "a transaction of unknown outcome that was not",
      history([0, undefined, ["append", "x", 1]], [1, 2, ["r", "x", []]]),
    ],
    ["a failed transaction that nobody saw", history([0, -1, ["append", "x", 1]], [2, 3, ["r", "x", []]])],
    ["a read that both a write and its absence explain", history([0, 3, ["w", "x", 1]], [1, 2, ["r", "x", null]])],
    [
      "appends that nobody read, among readers that append",
      history([0, 9, ["r", "x", []], ["append", "x", 1]], [1, 8, ["append", "x", 2]], [2, 7, ["append", "x", 3]]),
    ],
  ])("is accepted: %s", (_title, operations) => {
    expect(bruteForce(operations)).toBe(true);
    expect(judgeSerializable(operations)).toEqual({ kind: "holds", checked: operations.length });
  });
});

describe("large histories", () => {
  const shape: HistoryShape = {
    names: ["txn"],
    stepNames: ["r", "append"],
    keyCount: 200,
    valuesBelow: 0,
    unknown: 0.02,
    operationCount: 10_000,
    processCount: 20,
  };

  it("of 10,000 list transactions are decided by the graph alone, and one stale read among them is found", () => {
    const rng = createRng("large lists");
    const operations = correctHistory(rng, shape);
    expect(judgeSerializable(operations, { budget: 0 })).toEqual({ kind: "holds", checked: 10_000 });
    const at = operations.findLastIndex(
      ({ value, outcome }) =>
        outcome === "ok" && (value as unknown as Step[]).some(([f, , list]) => f === "r" && Array.isArray(list)),
    );
    const wrong = operations.map((operation, place) => {
      if (place !== at) return operation;
      const value = (operation.value as unknown as Step[])
        .filter(([f]) => f === "r")
        .map(([f, key]) => [f, key, []] as const);
      return { ...operation, value };
    });
    const verdict = judgeSerializable(wrong, { budget: 0 });
    expect(verdict.kind).toBe("violated");
    if (verdict.kind === "violated") expect(verdict.evidence.transactions.length).toBeLessThanOrEqual(3);
  });

  it("of 2,000 register transactions are decided by the search", () => {
    const operations = correctHistory(createRng("large registers"), {
      ...shape,
      stepNames: ["r", "w"],
      keyCount: 20,
      operationCount: 2000,
      processCount: 8,
    });
    expect(judgeSerializable(operations).kind).toBe("holds");
  });

  it("may hold an open transaction of 130,000 steps", () => {
    const elements = Array.from({ length: 130_000 }, (_, element) => element);
    const txn = (steps: readonly Step[], start: number, end?: number): Operation => ({
      process: start,
      f: "txn",
      key: "",
      value: steps,
      outcome: end === undefined ? "info" : "ok",
      start,
      end: end ?? Number.POSITIVE_INFINITY,
    });
    const operations = [
      txn(
        elements.map((element): Step => ["append", "list", element]),
        0,
      ),
      txn(
        [
          ["r", "list", elements],
          ["w", "register", 1],
        ],
        1,
        2,
      ),
      // Two writes that nobody reads leave their order open, so that it is searched for.
      txn([["w", "register", 2]], 3, 4),
    ];
    expect(judgeSerializable(operations).kind).toBe("holds");
  });

  it("end in unknown when the search may not try enough", () => {
    const operations = correctHistory(createRng("budget"), { ...shape, stepNames: ["r", "w"], operationCount: 200 });
    expect(judgeSerializable(operations, { budget: 20 }).kind).toBe("unknown");
  });
});
