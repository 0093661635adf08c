// The judge of lent values takes every history that a machine with right deadlines can give, and refuses each way to break
// them, also among other writes of the same key.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../history/event.ts";
import { pairOperations } from "../history/operation.ts";
import { HistoryRecorder } from "../history/recorder.ts";
import { checkExpiry, type ExpiryClocks } from "./judge-expiry.ts";

/** From when to when something was done: a value lent for so long, or what was read. A write without an end was never answered. */
type Done =
  | { readonly lend: number; readonly ttlMs: number; readonly from: number; readonly to?: number }
  | { readonly read: number | null; readonly from: number; readonly to: number };

const RIGHT: ExpiryClocks = { clocksRight: true, expiryLateMs: 0 };

function judge(all: readonly Done[], clocks: ExpiryClocks = RIGHT) {
  const history = new HistoryRecorder();
  const steps: { readonly at: number; readonly run: () => void }[] = [];
  for (const [process, done] of all.entries()) {
    const f = "lend" in done ? ("write" as const) : ("read" as const);
    const value = "lend" in done ? done.lend : null;
    steps.push({ at: done.from, run: () => history.invoke({ process, f, key: "k", value, time: done.from }) });
    const { to } = done;
    if (to === undefined) continue;
    const answer = "lend" in done ? {} : { value: done.read };
    steps.push({ at: to, run: () => history.complete({ process, type: "ok", ...answer, time: to }) });
  }
  for (const { run } of steps.toSorted((left, right) => left.at - right.at)) run();
  const ttls = new Map(all.flatMap((done): [Value, number][] => ("lend" in done ? [[done.lend, done.ttlMs]] : [])));
  return checkExpiry(pairOperations(history.events), history.events, ttls, clocks);
}

const faultOf = (all: readonly Done[], clocks?: ExpiryClocks): string => {
  const verdict = judge(all, clocks);
  return verdict.kind === "violated" ? verdict.evidence.fault : verdict.kind;
};

describe("checkExpiry", () => {
  it.each<[string, string, readonly Done[]]>([
    ["what is read in its time", "holds", [lend(1, 100, 0, 10), read(1, 20, 30)]],
    ["what is gone when its time is over", "holds", [lend(1, 100, 0, 10), read(null, 90, 101)]],
    ["what is gone before its time", "early", [lend(1, 10_000, 0, 10), read(null, 20, 30)]],
    ["the same with a later write", "early", [lend(1, 10_000, 0, 10), read(null, 20, 30), lend(2, 10, 1_000, 1_010)]],
    [
      "the same with an earlier write that was over",
      "early",
      [lend(1, 10, 0, 10), lend(2, 10_000, 20, 30), read(null, 40, 50)],
    ],
    [
      "the same beside a write that has time left as well",
      "early",
      [lend(1, 10_000, 0, 10), lend(2, 10_000, 15), read(null, 20, 30)],
    ],
    [
      "what a short write without an answer may have overwritten",
      "holds",
      [lend(1, 10_000, 0, 10), lend(2, 5, 15), read(null, 20, 30)],
    ],
    ["what is read before anything was written for certain", "holds", [lend(1, 100, 0, 30), read(null, 5, 10)]],
    ["what is read long after its time", "late", [lend(1, 1, 0, 10), read(1, 1_000_000, 1_000_001)]],
    ["the same without an answer to the write", "late", [lend(1, 50, 0), read(1, 10, 20), read(1, 100, 110)]],
    ["what is read after something else was", "stale", [lend(1, 100, 0, 10), lend(2, 100, 20, 30), read(1, 40, 50)]],
    [
      "what is read again after it was gone",
      "came-back",
      [lend(1, 100, 0, 10), lend(2, 5, 20), read(null, 40, 50), read(1, 60, 70)],
    ],
    ["what nobody wrote", "never-written", [lend(1, 100, 0, 10), read(7, 20, 30)]],
    ["what is written later", "never-written", [read(1, 0, 10), lend(1, 100, 20, 30)]],
  ])("judges %s: %s", (_, fault, all) => expect(faultOf(all)).toBe(fault));

  it("gives a value as much more time as clocks were wrong, and calls nothing early then", () => {
    const wrong = { clocksRight: false, expiryLateMs: 500 };
    expect(faultOf([lend(1, 100, 0, 10), read(null, 20, 30)], wrong)).toBe("holds");
    expect(faultOf([lend(1, 100, 0, 10), read(1, 610, 611)], wrong)).toBe("holds");
    expect(faultOf([lend(1, 100, 0, 10), read(1, 611, 612)], wrong)).toBe("late");
  });

  it("takes whatever a key that forgets in time can answer", () => {
    const went = fc.record({ ttlMs: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }), takes: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(went, { maxLength: 40 }), (all) => {
        let held: { readonly value: number; readonly until: number } | undefined;
        const done = all.map(({ takes, ttlMs }, place): Done => {
          // Each overlaps with the next ones; what it does it does in the middle.
          const at = 10 * place + 10;
          if (held !== undefined && held.until <= at) held = undefined;
          const [from, to] = [at - takes, at + takes];
          if (ttlMs === undefined) return read(held?.value ?? null, from, to);
          held = { value: place, until: at + ttlMs };
          return lend(place, ttlMs, from, to);
        });
        expect(faultOf(done)).toBe("holds");
      }),
    );
  });
});

function lend(value: number, ttlMs: number, from: number, to?: number): Done {
  return { lend: value, ttlMs, from, ...(to === undefined ? {} : { to }) };
}

function read(value: number | null, from: number, to: number): Done {
  return { read: value, from, to };
}
