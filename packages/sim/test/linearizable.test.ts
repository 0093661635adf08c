// The search is held against the obvious slow judge on thousands of small histories, right and wrong, and against
// histories whose verdict is known from the literature; then it must be quick where histories are large or wide.
import { describe, expect, it } from "vitest";
import { judgeObject } from "../src/checkers/linearizable.ts";
import {
  createRng,
  judgeLinearizable,
  type ObjectModel,
  type Operation,
  type OperationName,
  type Value,
} from "../src/index.ts";
import { bruteForce } from "./brute-force.ts";
import { correctHistory, falsified, type HistoryShape } from "./random-history.ts";

/** `[f, value, start, end?]`; without an end nobody knows what became of it. */
type Row = readonly [f: OperationName, value: Value, start: number, end?: number];

function history(rows: readonly Row[]): Operation[] {
  return rows.map(([f, value, start, end], process) => ({
    process,
    f,
    key: "",
    value,
    outcome: end === undefined ? "info" : "ok",
    start,
    end: end ?? Number.POSITIVE_INFINITY,
  }));
}

const BUDGET = 1_000_000;

const SHAPES: readonly (readonly [ObjectModel, HistoryShape])[] = [
  ["register", { names: ["read", "write"], valuesBelow: 0, unknown: 0 }],
  ["register", { names: ["read", "write"], valuesBelow: 2, unknown: 0.2 }],
  ["register", { names: ["read", "write", "cas"], valuesBelow: 3, unknown: 0.25 }],
  ["register", { names: ["read", "write", "cas", "cas"], valuesBelow: 0, unknown: 0.3 }],
  ["list", { names: ["read", "append"], valuesBelow: 0, unknown: 0.25 }],
  ["list", { names: ["read", "append", "append"], valuesBelow: 2, unknown: 0.25 }],
].map(([model, shape]) => [
  model as ObjectModel,
  { operationCount: 6, processCount: 3, keyCount: 1, ...(shape as object) } as HistoryShape,
]);

describe.each(SHAPES)("a %s under %j", (model, shape) => {
  const rng = createRng(JSON.stringify(shape));

  it("is judged as brute force judges it, in both directions", () => {
    const verdicts = { right: 0, wrong: 0 };
    for (let run = 0; run < 1500; run++) {
      const processCount = 2 + rng.integer(4);
      let operations = correctHistory(rng, { ...shape, processCount, operationCount: 3 + rng.integer(5) });
      if (run % 3 > 0) operations = falsified(rng, operations);
      if (run % 3 > 1) operations = falsified(rng, operations);
      const expected = bruteForce(operations);
      const { kind } = judgeObject(operations, model, BUDGET);
      expect({ run, kind, operations }).toEqual({ run, kind: expected ? "possible" : "impossible", operations });
      if (run % 3 === 0) expect(expected).toBe(true);
      verdicts[expected ? "right" : "wrong"]++;
    }
    expect(verdicts.right).toBeGreaterThan(400);
    expect(verdicts.wrong).toBeGreaterThan(150);
  });

  it("comes with evidence that is wrong by itself and from which nothing can be taken", () => {
    let seen = 0;
    for (let run = 0; run < 400; run++) {
      const operations = falsified(rng, correctHistory(rng, { ...shape, operationCount: 8 }));
      const verdict = judgeLinearizable(operations, { model });
      if (verdict.kind !== "violated") continue;
      seen++;
      const shown = verdict.evidence.operations;
      expect(shown.length).toBeLessThanOrEqual(operations.length);
      expect(bruteForce(shown)).toBe(false);
      if (model === "list") continue;
      // Parts of the history, word for word or cut open, and no read among them is idle.
      for (const operation of shown) {
        const whole = operations.find(({ start }) => start === operation.start);
        const open = { ...whole, outcome: "info", end: Number.POSITIVE_INFINITY };
        expect([whole, open]).toContainEqual(operation);
        expect(verdict.evidence.cutOpen || operation.end === whole?.end).toBe(true);
      }
      for (const idle of shown) {
        if (idle.f === "read") expect(bruteForce(shown.filter((operation) => operation !== idle))).toBe(true);
      }
    }
    expect(seen).toBeGreaterThan(50);
  });
});

describe("known histories", () => {
  const right: readonly (readonly [string, Operation[]])[] = [
    ["an empty one", []],
    ["a read of nothing", history([["read", null, 0, 1]])],
    [
      "a read that overlaps a write sees either value",
      history([
        ["write", 1, 0, 1],
        ["write", 2, 2, 7],
        ["read", 2, 3, 4],
        ["read", 2, 5, 6],
      ]),
    ],
    [
      "a write takes effect after its invocation, not before",
      history([
        ["write", 1, 0, 5],
        ["read", null, 1, 2],
        ["read", 1, 3, 4],
      ]),
    ],
    [
      "a write of unknown outcome takes effect late",
      history([
        ["write", 1, 0],
        ["write", 2, 1, 2],
        ["read", 2, 3, 4],
        ["read", 1, 5, 6],
      ]),
    ],
    [
      "a compare-and-set of unknown outcome explains another",
      history([
        ["write", 1, 0, 1],
        ["cas", [1, 2], 2],
        ["cas", [2, 3], 3, 4],
        ["read", 3, 5, 6],
      ]),
    ],
    [
      "two of the same kind of unknown outcome happen twice",
      history([
        ["write", 0, 0, 1],
        ["cas", [0, 1], 2],
        ["cas", [0, 1], 3],
        ["read", 1, 4, 5],
        ["write", 0, 6, 7],
        ["read", 1, 8, 9],
      ]),
    ],
    [
      "objects are compared by content",
      history([
        ["write", { a: 1, b: [2] }, 0, 1],
        ["read", { b: [2], a: 1 }, 2, 3],
      ]),
    ],
  ];

  const wrong: readonly (readonly [string, number, Operation[]])[] = [
    [
      "a stale read",
      3,
      history([
        ["write", 1, 0, 1],
        ["write", 2, 2, 3],
        ["read", 1, 4, 5],
      ]),
    ],
    [
      "two reads that see a write come and go",
      4,
      history([
        ["write", 1, 0, 1],
        ["write", 2, 2, 9],
        ["read", 2, 3, 4],
        ["read", 1, 5, 6],
        ["read", 1, 7, 8],
      ]),
    ],
    [
      "two readers that see two writes in different orders",
      5,
      history([
        ["write", 1, 0, 20],
        ["write", 2, 1, 21],
        ["read", 1, 2, 3],
        ["read", 2, 4, 5],
        ["read", 1, 6, 7],
      ]),
    ],
    ["a value that nobody wrote", 1, history([["read", 7, 0, 1]])],
    [
      "a value from the future",
      1,
      history([
        ["read", 1, 0, 1],
        ["write", 1, 2, 3],
      ]),
    ],
    [
      "two compare-and-sets that both won",
      3,
      history([
        ["write", 0, 0, 1],
        ["cas", [0, 1], 2, 5],
        ["cas", [0, 2], 3, 4],
      ]),
    ],
    [
      "a write of unknown outcome that happened twice",
      4,
      history([
        ["write", 1, 0],
        ["read", 1, 1, 2],
        ["write", 2, 3, 4],
        ["read", 1, 5, 6],
      ]),
    ],
    [
      "one value twice in a list",
      2,
      history([
        ["append", 1, 0, 1],
        ["read", [1, 1], 2, 3],
      ]),
    ],
    [
      "an acknowledged append that was lost",
      2,
      history([
        ["append", 1, 0, 1],
        ["append", 2, 2, 3],
        ["read", [2], 4, 5],
      ]),
    ],
    [
      "two lists that are no prefix of each other",
      4,
      history([
        ["append", 1, 0, 20],
        ["append", 2, 1, 21],
        ["read", [1, 2], 2, 10],
        ["read", [2, 1], 3, 11],
      ]),
    ],
  ];

  it.each(right)("accepts %s", (_title, operations) => {
    expect(judgeLinearizable(operations)).toEqual({ kind: "holds", checked: operations.length });
  });

  it.each(wrong)("catches %s, in %i operations", (_title, operationCount, operations) => {
    // Drowned in a history that is right, the same operations come out.
    const rng = createRng("around");
    const around = correctHistory(rng, {
      operationCount: 60,
      processCount: 3,
      keyCount: 1,
      names: operations.some(({ f }) => f === "append") ? ["append", "read"] : ["write", "read"],
      valuesBelow: 0,
      unknown: 0,
    }).map((operation) => ({
      ...operation,
      process: `around ${operation.process}`,
      value: named(operation.value),
      start: operation.start - 1000,
      end: operation.end - 1000,
    }));
    // What stands before must leave the object as the fault expects to find it.
    const lists = operations.some(({ f }) => f === "append");
    const reset: Operation[] = lists
      ? []
      : [{ process: "reset", f: "write", key: "", value: null, outcome: "ok", start: -2, end: -1 }];
    const drowned = lists ? operations.map((operation) => behind(around, operation)) : operations;
    for (const whole of [operations, [...around, ...reset, ...drowned]]) {
      const verdict = judgeLinearizable(whole);
      expect(verdict.kind).toBe("violated");
      if (verdict.kind !== "violated") continue;
      expect(verdict.evidence.operations).toHaveLength(operationCount);
      expect(verdict.report).toContain(operationCount === 1 ? "this operation " : `these ${operationCount} operations`);
    }
  });
});

function named(value: Value): Value {
  if (value === null) return null;
  return Array.isArray(value) ? value.map(named) : `a${value}`;
}

/** A read that sees what was appended before, and then what it saw. */
function behind(around: readonly Operation[], operation: Operation): Operation {
  if (operation.f !== "read") return operation;
  return { ...operation, value: [...lastList(around), ...(operation.value as readonly Value[])] };
}

/** An order of appends that explains the reads: the longest list read, then the others by completion. */
function lastList(around: readonly Operation[]): readonly Value[] {
  const longest = around
    .filter(({ f }) => f === "read")
    .map(({ value }) => (value ?? []) as readonly Value[])
    .reduce((best, list) => (list.length > best.length ? list : best), []);
  const rest = around.filter(({ f, value }) => f === "append" && !longest.includes(value));
  return [...longest, ...rest.sort((left, right) => left.end - right.end).map(({ value }) => value)];
}

describe("evidence", () => {
  it("does not blame an operation for what came after the fault", () => {
    // The compare-and-set is explained by a write that was invoked after the stale read had shown the fault.
    const operations = history([
      ["write", 1, 0, 1],
      ["write", 3, 2, 3],
      ["cas", [2, 1], 4, 20],
      ["read", 1, 5, 6],
      ["write", 2, 7, 8],
    ]);
    expect(bruteForce(operations)).toBe(false);
    const verdict = judgeLinearizable(operations);
    expect(verdict).toMatchObject({ kind: "violated", evidence: { cutOpen: true } });
    if (verdict.kind !== "violated") return;
    expect(verdict.evidence.operations.map(({ f, outcome }) => [f, outcome])).toEqual([
      ["write", "ok"],
      ["write", "ok"],
      ["cas", "info"],
      ["read", "ok"],
    ]);
    expect(verdict.report).toContain("completed later is open");
    expect(verdict.report).not.toContain("nothing that was invoked");
  });
});

describe("keys", () => {
  it("are judged by themselves, each as what it is", () => {
    const of = (key: string, rows: readonly Row[]) => history(rows).map((operation) => ({ ...operation, key }));
    const operations = [
      ...of("register", [
        ["write", 1, 0, 1],
        ["read", 1, 2, 3],
      ]),
      ...of("list", [
        ["append", 1, 0, 1],
        ["read", [1], 2, 3],
      ]),
    ];
    expect(judgeLinearizable(operations).kind).toBe("holds");
    const wrong = [...operations, ...of("other", [["read", 1, 0, 1]])];
    expect(judgeLinearizable(wrong)).toMatchObject({ kind: "violated", evidence: { key: "other" } });
  });

  it("that are only read are what was read from them, and a list starts empty", () => {
    expect(judgeLinearizable(history([["read", [], 0, 1]])).kind).toBe("holds");
    const both = history([
      ["read", null, 0, 1],
      ["read", [], 2, 3],
    ]);
    expect(judgeLinearizable(both).kind).toBe("holds");
    const full = history([["read", [1], 0, 1]]);
    expect(judgeLinearizable(full)).toMatchObject({ kind: "violated", evidence: { model: "list" } });
    // Of a register that is written, a list is a value like any other.
    const written = history([
      ["write", [], 0, 1],
      ["read", [], 2, 3],
      ["read", null, 4, 5],
    ]);
    expect(judgeLinearizable(written)).toMatchObject({ kind: "violated", evidence: { model: "register" } });
  });

  it("refuse operations of another kind of object", () => {
    const mixed = history([
      ["append", 1, 0, 1],
      ["write", 1, 2, 3],
    ]);
    expect(() => judgeLinearizable(mixed)).toThrow(/is a list, but write/);
    expect(() => judgeLinearizable(history([["txn", [], 0, 1]]))).toThrow(/transactions/);
  });
});

describe("the budget", () => {
  it("ends in unknown, never in a verdict", () => {
    // Compare-and-sets of unknown outcome form a web of paths, and none leads to what is read at the end.
    const rows: Row[] = [];
    for (let from = 0; from < 5; from++) {
      for (let to = 0; to < 5; to++) if (to !== from) rows.push(["cas", [from, to], rows.length]);
    }
    rows.push(["write", 0, 100, 101], ["cas", [9, 8], 102], ["read", 8, 103, 104]);
    const operations = history(rows);
    expect(judgeLinearizable(operations, { budget: 1000 }).kind).toBe("unknown");
    expect(judgeLinearizable(operations, { budget: 50_000_000 }).kind).toBe("violated");
  });
});

describe("large histories", () => {
  it("of 40,000 operations one after another take few more moves than operations", () => {
    const operations = correctHistory(createRng("sequential"), {
      operationCount: 40_000,
      processCount: 1,
      keyCount: 1,
      names: ["read", "write", "cas"],
      valuesBelow: 5,
      unknown: 0,
    });
    const result = judgeObject(operations, "register", BUDGET);
    expect(result.kind).toBe("possible");
    expect(result.steps).toBeLessThan(120_000);
  });

  it("of 2,000 appends and reads on one key, eight at a time, stay nearly as cheap", () => {
    const operations = correctHistory(createRng("lists"), {
      operationCount: 2000,
      processCount: 8,
      keyCount: 1,
      names: ["read", "append"],
      valuesBelow: 0,
      unknown: 0.05,
    });
    const result = judgeObject(operations, "list", BUDGET);
    expect(result.kind).toBe("possible");
    expect(result.steps).toBeLessThan(40 * operations.length);
  });

  it("of 30,000 operations over 300 keys are judged, and one false answer among them is found", () => {
    const rng = createRng("keys");
    const operations = correctHistory(rng, {
      operationCount: 30_000,
      processCount: 20,
      keyCount: 300,
      names: ["read", "write", "cas"],
      valuesBelow: 0,
      unknown: 0.02,
    });
    expect(judgeLinearizable(operations)).toEqual({ kind: "holds", checked: 30_000 });
    const at = operations.findLastIndex(({ f, outcome, value }) => f === "read" && outcome === "ok" && value !== null);
    const wrong = operations.map((operation, place) => (place === at ? { ...operation, value: null } : operation));
    const verdict = judgeLinearizable(wrong);
    expect(verdict.kind).toBe("violated");
    if (verdict.kind === "violated") expect(verdict.evidence.operations.length).toBeLessThanOrEqual(4);
  });

  it.each([0, 6])("with ten writers at once and values below %i are decided", (valuesBelow) => {
    const rng = createRng(`wide ${valuesBelow}`);
    for (let run = 0; run < 10; run++) {
      const operations = correctHistory(rng, {
        operationCount: 150,
        processCount: 10,
        keyCount: 1,
        names: ["write", "write", "read"],
        valuesBelow,
        unknown: 0.03,
      });
      expect(judgeObject(operations, "register", BUDGET).kind).toBe("possible");
      const wrong = falsified(rng, operations);
      expect(judgeObject(wrong, "register", BUDGET).kind).not.toBe("exhausted");
    }
  });

  it("with ten writers in one moment, and a read of each value in turn, are decided", () => {
    const writes: Row[] = Array.from({ length: 10 }, (_, at) => ["write", at, at, 100 + at] as const);
    const reads = (order: readonly number[]): Row[] =>
      order.map((value, at) => ["read", value, 10 + 2 * at, 11 + 2 * at] as const);
    const order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7];
    expect(judgeObject(history([...writes, ...reads(order)]), "register", BUDGET).kind).toBe("possible");
    const again = judgeLinearizable(history([...writes, ...reads([...order, 3])]));
    expect(again.kind).toBe("violated");
    if (again.kind === "violated") expect(again.evidence.operations).toHaveLength(5);
  });
});
