// The judges of what only the real machine can do: of queues, locks and leases. What they must refuse is written down by hand;
// what they must accept is made by chance from one copy that serves one at a time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Acquisition, checkLeases, type LeaseUse } from "../src/checkers/leases.ts";
import { LockModel, type LockOperation } from "../src/checkers/lock-model.ts";
import { QueueModel, type QueueOperation, queueIntervals } from "../src/checkers/queue-model.ts";
import { type Interval, search } from "../src/checkers/search.ts";

const BUDGET = 100_000;
const OPEN = Number.POSITIVE_INFINITY;

/** Serves operations one at a time, at moments 10, 20, …, and stretches each to both sides. */
function stretched<T extends object>(served: readonly T[], widths: readonly number[]): (T & Interval)[] {
  return served.map((operation, at) => ({
    ...operation,
    start: 10 * at - (widths[2 * at] ?? 0) - 0.25 * (at % 2),
    end: 10 * at + 1 + (widths[2 * at + 1] ?? 0),
  }));
}

const widths = fc.array(fc.integer({ min: 0, max: 35 }), { minLength: 60, maxLength: 60 });

describe("the queue model", () => {
  const judge = (operations: readonly (QueueOperation & Interval)[]) => {
    const kept = queueIntervals(operations);
    return search(kept, new QueueModel(kept), BUDGET).kind;
  };
  const serve = (pushes: readonly boolean[]): QueueOperation[] => {
    const held: number[] = [];
    return pushes.map((isPush, at) => {
      if (isPush) held.push(at);
      return isPush ? { f: "push", value: at } : { f: "pop", value: held.shift() ?? null };
    });
  };

  it("accepts whatever one queue gave, however calls overlap, and whoever never heard", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), widths, fc.nat(29), (pushes, by, lost) => {
        const operations = stretched(serve(pushes), by);
        const open = operations.map((operation, at) =>
          at === lost ? { ...operation, end: OPEN, ...(operation.f === "pop" ? { value: undefined } : {}) } : operation,
        );
        return judge(operations) === "possible" && judge(open) === "possible";
      }),
    );
  });

  it("refuses what comes out of order, twice, from nowhere, or not at all", () => {
    const wrong: QueueOperation[][] = [
      [
        { f: "push", value: 1 },
        { f: "push", value: 2 },
        { f: "pop", value: 2 },
        { f: "pop", value: 1 },
      ],
      [
        { f: "push", value: 1 },
        { f: "pop", value: 1 },
        { f: "pop", value: 1 },
      ],
      [
        { f: "pop", value: 1 },
        { f: "push", value: 1 },
      ],
      [
        { f: "push", value: 1 },
        { f: "pop", value: null },
      ],
    ];
    for (const served of wrong) expect(judge(stretched(served, []))).toBe("impossible");
  });
});

describe("the lock model", () => {
  const judge = (operations: readonly (LockOperation & Interval)[]) =>
    search(operations, new LockModel(operations), BUDGET).kind;

  it("accepts whatever one lock gave, whose leases end when they like", () => {
    const acts = fc.array(fc.constantFrom("ask", "use", "stale", "release", "end", "lost"), { maxLength: 30 });
    fc.assert(
      fc.property(acts, widths, (wishes, by) => {
        let token = 0;
        let held = false;
        const served = wishes.flatMap((wish): (LockOperation & { lost?: true })[] => {
          if (wish === "end") held = false;
          if (wish === "lost" && !held) {
            token += 1;
            held = true;
            return [{ f: "grant", token: undefined, lost: true }];
          }
          if (wish === "ask") {
            if (held) return [{ f: "busy" }];
            token += 1;
            held = true;
            return [{ f: "grant", token }];
          }
          if (wish === "stale") return token > 1 ? [{ f: "refused", token: token - 1 }] : [];
          if (wish === "use") return [held ? { f: "use", token } : { f: "refused", token: token + 1 }];
          if (wish !== "release" || !held) return [];
          held = false;
          return [{ f: "release", token }];
        });
        // A token that nobody heard of cannot be used by anybody.
        const unheard = new Set<number>();
        let given = 0;
        for (const done of served) {
          if (done.f !== "grant") continue;
          given += 1;
          if (done.token === undefined) unheard.add(given);
        }
        const heard = served.filter((done) => !("token" in done && done.f !== "grant" && unheard.has(done.token ?? 0)));
        const operations = stretched(heard, by).map((done) => ("lost" in done ? { ...done, end: OPEN } : done));
        return judge(operations) === "possible";
      }),
    );
  });

  it("refuses a stale use, two holders, and a lock that is taken by nobody", () => {
    const wrong: LockOperation[][] = [
      [
        { f: "grant", token: 1 },
        { f: "grant", token: 2 },
        { f: "use", token: 1 },
      ],
      [
        { f: "grant", token: 2 },
        { f: "grant", token: 1 },
      ],
      [
        { f: "grant", token: 1 },
        { f: "release", token: 1 },
        { f: "use", token: 1 },
      ],
      [
        { f: "grant", token: 1 },
        { f: "refused", token: 1 },
        { f: "use", token: 1 },
      ],
      [{ f: "grant", token: 1 }, { f: "release", token: 1 }, { f: "busy" }],
      [{ f: "busy" }],
    ];
    for (const served of wrong) expect(judge(stretched(served, []))).toBe("impossible");
  });
});

describe("checkLeases", () => {
  const asked = (owner: string, token: number, from: number, more: Partial<Acquisition> = {}): Acquisition => ({
    lease: "door",
    permits: 1,
    owner,
    start: from,
    startAt: from,
    leaseMs: 100,
    token,
    learned: from + 1,
    learnedAt: from + 1,
    ...more,
  });
  const used = (token: number, start: number, f: LeaseUse["f"] = "use"): LeaseUse => ({
    lease: "door",
    f,
    token,
    start,
    end: start + 1,
    endAt: start + 1,
  });
  const judge = (acquisitions: readonly Acquisition[], uses: readonly LeaseUse[] = [], clocksRight = true) =>
    checkLeases({ acquisitions, uses, clocksRight, budget: BUDGET });
  const reportOf = (...given: Parameters<typeof judge>): string => {
    const verdict = judge(...given);
    return verdict.kind === "violated" ? verdict.report : verdict.kind;
  };

  it("holds where one comes after the other", () => {
    expect(judge([asked("a", 1, 0), asked("b", 2, 200)], [used(1, 10), used(1, 210, "refused"), used(2, 220)])).toEqual(
      {
        kind: "holds",
        checked: 5,
      },
    );
  });

  it("tells what is wrong", () => {
    expect(reportOf([asked("a", 1, 0), asked("b", 2, 10)], [used(1, 20)])).toMatch(/a, b held it at once, and 1 may/);
    expect(reportOf([asked("a", 2, 0), asked("b", 1, 10)])).toMatch(/b asked after a had token 2, and got 1/);
    expect(reportOf([asked("a", 1, 0)], [used(1, 10, "release"), used(1, 20)])).toMatch(/after giving it up/);
    expect(reportOf([asked("a", 1, 0)], [used(1, 10, "refused")])).toMatch(/refused at 11 ms, and lasts until 100 ms/);
    expect(reportOf([], [used(7, 0)])).toBe("holds");
    expect(reportOf([asked("a", 1, 0)], [used(7, 5)])).toMatch(/used and never given/);
    const waited = asked("a", 9, 0, { queued: 5, learned: 50, learnedAt: 50 });
    expect(reportOf([waited, asked("b", 8, 10)])).toMatch(/b asked when a stood in line/);
    const desks = [1, 2, 3].map((token) => asked(`o${token}`, token, token, { permits: 2 }));
    expect(reportOf(desks, [used(1, 30), used(2, 30), used(3, 30)])).toMatch(/held it at once, and 2 may/);
  });

  it("knows that who stands in line may have its turn and not hear of it", () => {
    const waits = asked("b", 5, 2, { queued: 4, learned: 90, learnedAt: 90 });
    const busy = { ...used(0, 3, "busy"), queued: true };
    const acquisitions = [asked("a", 1, 0), waits];
    expect(reportOf(acquisitions, [busy, used(1, 20, "release"), used(0, 30, "busy")])).toBe("holds");
    const late = asked("b", 5, 40);
    expect(reportOf([asked("a", 1, 0), late], [used(1, 20, "release"), used(0, 30, "busy")])).toMatch(/no order/);
  });

  it("lets a lease end early where clocks cannot be trusted", () => {
    expect(reportOf([asked("a", 1, 0)], [used(1, 10, "refused")], false)).toBe("holds");
  });
});
