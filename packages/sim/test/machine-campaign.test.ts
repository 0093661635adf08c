// The first seeds of the campaign with the real machine: clusters of every kind, faults and liars as the seed says, clients
// that do everything that the machine can do. All of them hold, and among them is everything that they are there for.
// `npm run test:soak -- machine` runs the others.
import { describe, expect, it } from "vitest";
import { randomMachineScenario, runScenario } from "./in-one-piece.ts";

const SEEDS = 24;
const SLICE = 8;

describe("the campaign of the real machine", () => {
  const counts = new Map<string, number>();
  const count = (name: string, by: number): unknown => counts.set(name, (counts.get(name) ?? 0) + by);

  it.each(Array.from({ length: SEEDS / SLICE }, (_, slice) => slice * SLICE))("holds from seed %i on", (from) => {
    for (let seed = from; seed < from + SLICE; seed++) {
      const { reasons, stats, undecided, verdict } = runScenario(randomMachineScenario(seed), { seed });
      expect({ seed, verdict, reasons, undecided }).toEqual({ seed, verdict: "held", reasons: [], undecided: [] });
      for (const [name, times] of Object.entries(stats.counts ?? {})) count(name, times);
      count("operations", stats.operations);
      count("restarts", stats.restarts);
    }
  });

  it("meets what it is there for", () => {
    const missing = WANTED.filter((name) => (counts.get(name) ?? 0) === 0);
    expect(missing).toEqual([]);
    expect(counts.get("operations")).toBeGreaterThan(SEEDS * 100);
  });

  it("repeats byte for byte", () => {
    const run = (): string => runScenario(randomMachineScenario(1), { seed: 1 }).traceHash;
    expect(run()).toBe(run());
  });
});

const WANTED = [
  "lock: grants",
  "lock: handed over",
  "lock: fenced off",
  "lock: fenced writes",
  "office: handed over",
  "desks: fenced off",
  "desks: found taken",
  "timers set",
  "values lent",
  "found gone",
  "transfers",
  "transfers taken back",
  "watched transactions that failed",
  "numbers counted",
  "repetitions recognised",
  "nosession",
  "late",
  "changes read",
  "compacted",
  "queue operations",
  "sales",
  "takes allowed",
  "scrubs",
  "restarts",
];
