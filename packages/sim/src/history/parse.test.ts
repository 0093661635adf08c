// The reader takes what other systems write and refuses, with the place, what it would have to guess.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "./event.ts";
import { HistoryFormatError, parseHistory } from "./parse.ts";
import { printHistory } from "./print.ts";
import { HistoryRecorder } from "./recorder.ts";

function lines(...rows: readonly (readonly [object, ...unknown[]] | object)[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

const invoke = { process: 0, type: "invoke", f: "write", key: "x", value: 7 };
const ok = { ...invoke, type: "ok" };

describe("a history that we write", () => {
  it("is read as it was recorded, to the byte", () => {
    const action = fc.tuple(
      fc.nat(2),
      fc.constantFrom("read", "write", "cas", "append", "txn"),
      fc.constantFrom("ok", "fail", "info"),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        const recorder = new HistoryRecorder();
        actions.forEach(([process, f, type, json], time) => {
          // Numbers that lose digits are refused elsewhere; here texts stand for them.
          const value = JSON.parse(
            JSON.stringify(json, (_name, one) => (typeof one === "number" ? String(one) : one)),
          ) as Value;
          if (recorder.isOpen(process)) recorder.complete({ process, type: type as "ok", time });
          else if (f === "txn") recorder.invoke({ process, f, value: [["append", "k", value]], time });
          else recorder.invoke({ process, f: f as "read", key: "k", value: f === "cas" ? [value, null] : value, time });
        });
        const text = printHistory(recorder.events);
        const { events } = parseHistory(text);
        expect(printHistory(events)).toBe(text);
        expect(events).toEqual(recorder.events);
      }),
    );
  });
});

describe("a history of another system", () => {
  it("may leave out index and time: lines give the order, and an index is its line", () => {
    const { operations, lines: at } = parseHistory(`\n${lines(invoke, ok)}`);
    expect(operations).toEqual([{ process: 0, f: "write", key: "x", value: 7, outcome: "ok", start: 1, end: 2 }]);
    expect(at.get(1)).toBe(2);
  });

  it("is ordered by index when every line has one", () => {
    const { events } = parseHistory(lines({ ...ok, index: 9 }, { ...invoke, index: 4 }));
    expect(events.map(({ type, index }) => [type, index])).toEqual([
      ["invoke", 4],
      ["ok", 9],
    ]);
  });

  it("may write words with a leading colon, keys as numbers and processes as names", () => {
    const { operations } = parseHistory(
      lines(
        { process: "client a", type: ":invoke", f: ":read", key: 1, value: null },
        { process: "client a", type: ":ok", f: ":read", key: "1", value: 2 },
      ),
    );
    expect(operations).toMatchObject([{ process: "client a", f: "read", key: "1", value: 2, outcome: "ok" }]);
  });

  it("may write keys into the values", () => {
    const { operations } = parseHistory(
      lines(
        { process: 0, type: "invoke", f: "cas", value: ["x", [null, 2]] },
        { process: 1, type: "invoke", f: "read", value: [5, null] },
        { process: 0, type: "info", f: "cas", value: null },
        { process: 1, type: "ok", f: "read", value: [5, [1, 2]] },
      ),
    );
    expect(operations).toMatchObject([
      { key: "x", value: [null, 2], outcome: "info" },
      { key: "5", value: [1, 2], outcome: "ok" },
    ]);
  });

  it("of one object is not taken for pairs, though its values are", () => {
    const { operations } = parseHistory(
      lines(
        { process: 0, type: "invoke", f: "write", value: [1, 2] },
        { process: 1, type: "invoke", f: "read", value: null },
        { process: 0, type: "ok", f: "write", value: [1, 2] },
        { process: 1, type: "ok", f: "read", value: [1, 2] },
      ),
    );
    expect(operations).toMatchObject([
      { key: "", value: [1, 2] },
      { key: "", value: [1, 2] },
    ]);
  });

  it("may hold transactions in either spelling", () => {
    const { operations } = parseHistory(
      lines(
        {
          process: 0,
          type: "invoke",
          f: "txn",
          value: [
            [":append", 1, 2],
            ["r", 1, null],
            ["r", 2],
          ],
        },
        {
          process: 0,
          type: "ok",
          f: "txn",
          value: [
            ["append", 1, 2],
            [":r", "1", [2]],
            ["r", 2, null],
          ],
        },
      ),
    );
    expect(operations[0]?.value).toEqual([
      ["append", "1", 2],
      ["r", "1", [2]],
      ["r", "2", null],
    ]);
  });

  it("may leave out of a completion what the invocation said", () => {
    for (const told of [{}, { value: null }, { value: 7 }]) {
      const { operations } = parseHistory(lines(invoke, { process: 0, type: "ok", ...told }));
      expect(operations).toMatchObject([{ key: "x", value: 7, outcome: "ok" }]);
    }
  });

  it("may give an error as the value of what failed or is unknown", () => {
    for (const type of ["fail", "info"]) {
      const { operations } = parseHistory(lines(invoke, { ...invoke, type, value: "timeout" }));
      expect(operations).toMatchObject([{ value: 7, outcome: type }]);
    }
  });

  it("may be one array, begin with a byte order mark, end its lines with CR and LF, and tell of the nemesis", () => {
    const nemesis = { process: ":nemesis", type: "info", f: "partition" };
    expect(parseHistory(JSON.stringify([nemesis, invoke, ok])).operations).toHaveLength(1);
    const text = `\uFEFF${lines(nemesis, invoke, nemesis, ok).replaceAll("\n", "\r\n")}`;
    expect(parseHistory(text).operations).toHaveLength(1);
  });

  it("leaves open what never completed, and lets a process go on after info", () => {
    const { operations } = parseHistory(lines(invoke, { ...invoke, type: "info" }, { ...invoke, value: 8 }));
    expect(operations.map(({ outcome, end }) => [outcome, end])).toEqual([
      ["info", Number.POSITIVE_INFINITY],
      ["info", Number.POSITIVE_INFINITY],
    ]);
  });
});

describe("what is refused, with file and line", () => {
  it.each<readonly [string, string, number, RegExp]>([
    ["what is not JSON", `${lines(invoke)}{"process":`, 2, /not JSON/],
    ["what is no event", "7\n", 1, /expected an event/],
    ["an unknown type", lines(invoke, { ...ok, type: "done" }), 2, /type is "done"/],
    ["an unknown operation", lines({ ...invoke, f: "increment" }), 1, /f is "increment"/],
    ["a missing process", lines({ type: "invoke", f: "read" }), 1, /process is missing/],
    ["two open operations of a process", lines(invoke, invoke), 2, /process 0 invokes write while/],
    ["a completion of nothing", lines(ok), 1, /without having invoked/],
    ["a completion of something else", lines(invoke, { ...ok, f: "read" }), 2, /had invoked write/],
    ["a completion of another key", lines(invoke, { ...ok, key: "y" }), 2, /key "y"/],
    [
      "an index that stands twice",
      lines({ ...invoke, index: 3 }, { ...ok, index: 3 }),
      2,
      /index 3 stands on lines 1 and 2/,
    ],
    [
      "numbers that have lost digits",
      '{"process":0,"type":"invoke","f":"write","key":"x","value":9007199254740993}',
      1,
      /2\^53/,
    ],
    [
      "a number beyond all that JavaScript has",
      '{"process":0,"type":"invoke","f":"write","value":1e400}',
      1,
      /too large/,
    ],
    [
      "such a number deep inside",
      '{"process":0,"type":"invoke","f":"txn","value":[["w","x",{"a":[-1e400]}]]}',
      1,
      /too large/,
    ],
    ["such a number as a key", '{"process":0,"type":"invoke","f":"read","key":1e400}', 1, /too large/],
    [
      "values too deep to walk",
      `${lines(invoke, ok)}{"process":0,"type":"invoke","f":"write","value":${"[".repeat(9_000)}${"]".repeat(9_000)}}`,
      3,
      /more than 100 deep/,
    ],
    ["an event too deep to show", `[${"[".repeat(9_000)}${"]".repeat(9_000)}]`, 1, /more than 100 deep/],
    [
      "an ok that wrote something else",
      lines(invoke, { ...ok, value: 8 }),
      2,
      /completion of this write says 8, but it was invoked with 7/,
    ],
    [
      "an ok that compared something else",
      lines({ ...invoke, f: "cas", value: [1, 2] }, { ...ok, f: "cas", value: [1, 3] }),
      2,
      /completion of this cas says \[1,3\]/,
    ],
    [
      "an ok that appended something else",
      lines({ ...invoke, f: "append" }, { ...ok, f: "append", value: "7" }),
      2,
      /"7"/,
    ],
    [
      "an ok read without what was read",
      lines({ process: 0, type: "invoke", f: "read", value: null }, { process: 0, type: "ok" }),
      2,
      /needs the value that was read/,
    ],
    ["a cas without its two values", lines({ ...invoke, f: "cas", value: 1 }), 1, /expected \[expected, next\]/],
    ["a write of nothing", lines({ process: 0, type: "invoke", f: "write", key: "x" }), 1, /needs the value/],
    ["a txn that is no list", lines({ process: 0, type: "invoke", f: "txn", value: 3 }), 1, /list of steps/],
    ["an unknown step", lines({ process: 0, type: "invoke", f: "txn", value: [["incr", "x", 1]] }), 1, /step \["incr"/],
    [
      "a txn that answers other steps",
      lines(
        { process: 0, type: "invoke", f: "txn", value: [["append", "x", 1]] },
        { process: 0, type: "ok", f: "txn", value: [["append", "x", 2]] },
      ),
      2,
      /other steps/,
    ],
    [
      "an ok txn without its answer",
      lines({ process: 0, type: "invoke", f: "txn", value: [["r", "x", null]] }, { process: 0, type: "ok" }),
      2,
      /other steps/,
    ],
  ])("%s", (_what, text, line, message) => {
    let thrown: unknown;
    try {
      parseHistory(text, "some.jsonl");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(HistoryFormatError);
    const error = thrown as HistoryFormatError;
    expect(error).toMatchObject({ code: "unreadable-history", file: "some.jsonl", line });
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(`some.jsonl:${line}: `)).toBe(true);
  });

  it("anything at all, without another kind of error", () => {
    const noise = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.json()).map((rows) => rows.join("\n")),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          parseHistory(text);
        } catch (error) {
          expect(error).toBeInstanceOf(HistoryFormatError);
        }
      }),
    );
  });
});

describe("the recorder", () => {
  it("refuses what no process could do", () => {
    const recorder = new HistoryRecorder();
    expect(() => recorder.complete({ process: 1, type: "ok", time: 0 })).toThrow(/no open operation/);
    recorder.invoke({ process: 1, f: "read", key: "x", value: null, time: 0 });
    expect(recorder.isOpen(1)).toBe(true);
    expect(() => recorder.invoke({ process: 1, f: "read", key: "x", value: null, time: 1 })).toThrow(/already/);
  });
});
