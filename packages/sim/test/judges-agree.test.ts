// Two judges that share little are held against each other where trying every order would take for ever: on single keys,
// strict serializability is linearizability (the property is local), so the graph of dependencies with its search and
// the search of each key must say the same.
import { describe, expect, it } from "vitest";
import { createRng, judgeLinearizable, judgeSerializable } from "../src/index.ts";
import { correctHistory, falsified, type HistoryShape } from "./random-history.ts";

const SHAPES: readonly HistoryShape[] = [
  { names: ["read", "append"], valuesBelow: 0 },
  { names: ["read", "append"], valuesBelow: 4 },
  { names: ["read", "write"], valuesBelow: 0 },
  { names: ["read", "write", "cas"], valuesBelow: 0 },
  { names: ["read", "write", "cas"], valuesBelow: 4 },
].map((shape) => ({ operationCount: 40, processCount: 5, keyCount: 2, unknown: 0.1, ...shape }) as HistoryShape);

describe.each(SHAPES)("histories of %j", (shape) => {
  it("are judged alike by both", () => {
    const rng = createRng(JSON.stringify(shape));
    const verdicts = { holds: 0, violated: 0, unknown: 0 };
    for (let run = 0; run < 200; run++) {
      const processCount = 2 + rng.integer(7);
      let operations = correctHistory(rng, { ...shape, processCount, operationCount: 10 + rng.integer(40) });
      if (run % 2 > 0) operations = falsified(rng, operations);
      const alone = judgeLinearizable(operations).kind;
      const together = judgeSerializable(operations).kind;
      expect({ run, together }).toEqual({ run, together: alone });
      if (run % 2 === 0) expect(alone).toBe("holds");
      verdicts[alone]++;
    }
    expect(verdicts.violated).toBeGreaterThan(30);
    expect(verdicts.unknown).toBe(0);
  });
});
