// The figures of `npm run bench -- failover` are only as good as the arithmetic behind them: made-up connections whose
// pauses are known.
import { describe, expect, it } from "vitest";
import type { Window } from "../../../../bench/cluster/load/orders.ts";
import { reportWindow, type Seen } from "../../../../bench/cluster/load/window-report.ts";

const calm: Window = { name: "calm", from: 0, to: 1_000, unhealthy: [] };
const struck: Window = { name: "struck", from: 1_000, to: 2_000, unhealthy: [1] };
const later: Window = { name: "later", from: 2_000, to: 3_000, unhealthy: [] };

/** A write is due every 10 ms and answered 1 ms later, except in the pause: then when that is over. */
function connection(replica: number, pause?: { readonly from: number; readonly to: number }): Seen["writers"][number] {
  const dueAt = Array.from({ length: 300 }, (_, turn) => turn * 10);
  const doneAt = dueAt.map((due) => (pause !== undefined && due >= pause.from && due < pause.to ? pause.to : due + 1));
  return { replica, dueAt, doneAt };
}

function seen(...writers: Seen["writers"]): Seen {
  return { writers, errors: [], stalls: [], endedAt: 3_000, windows: [calm, struck, later] };
}

describe("what is reported of a stretch of time", () => {
  it("is the gap between two writes where nothing is wrong", () => {
    const report = reportWindow(calm, seen(connection(0), connection(1)));
    expect(report).toMatchObject({ pauseMs: 10, slowestMs: 1, writes: 200 });
  });

  it("calls it a replica's pause when none of its connections is answered", () => {
    const paused = connection(0, { from: 1_200, to: 1_500 });
    expect(reportWindow(struck, seen(paused, connection(0))).replicaPauseMs).toBe(10);
    expect(reportWindow(struck, seen(paused, paused, connection(2))).replicaPauseMs).toBe(309);
  });

  it("is the longest pause of any one connection, however well the others are served", () => {
    const report = reportWindow(struck, seen(connection(0), connection(2, { from: 1_200, to: 1_500 })));
    expect(report).toMatchObject({ pauseAt: 2, pauseMs: 1_500 - 1_191, pauseAfterMs: 191, slowestMs: 300 });
  });

  it("counts a write's delay from when it was due, not from when it could be sent", () => {
    const { slowestMs } = reportWindow(struck, seen(connection(0, { from: 1_000, to: 1_700 })));
    expect(slowestMs).toBe(700);
  });

  it("shows a pause with its whole length in each stretch that it touches", () => {
    const all = seen(connection(0, { from: 1_900, to: 2_200 }));
    expect(reportWindow(struck, all).pauseMs).toBe(309);
    expect(reportWindow(later, all).pauseMs).toBe(309);
    expect(reportWindow(calm, all).pauseMs).toBe(10);
  });

  it("says nothing of the struck replica's own pause, not even before it was struck or after it is back", () => {
    const all = seen(connection(0), connection(1, { from: 995, to: 1_990 }));
    for (const window of all.windows) expect(reportWindow(window, all).pauseMs).toBeLessThanOrEqual(11);
  });

  it("calls a pause that never ended as long as the load went on", () => {
    expect(reportWindow(later, seen({ replica: 0, dueAt: [0], doneAt: [1] })).pauseMs).toBe(2_999);
  });

  it("tells errors at healthy replicas from those at the struck one", () => {
    const errors = [
      { replica: 0, at: 1_500, heardAt: 1_500, kind: "NOQUORUM" },
      { replica: 1, at: 1_500, heardAt: 1_500, kind: "ECONNREFUSED" },
      { replica: 1, at: 1_600, heardAt: 1_600, kind: "ECONNREFUSED" },
      { replica: 0, at: 2_500, heardAt: 2_500, kind: "closed" },
    ];
    const report = reportWindow(struck, { ...seen(connection(0)), errors });
    expect(report).toMatchObject({ errors: { NOQUORUM: 1 }, errorsElsewhere: { ECONNREFUSED: 2 } });
  });

  it("counts a refusal where its write was due, as the struck replica's if that was struck before it came", () => {
    const errors = [
      { replica: 0, at: 1_500, heardAt: 2_500, kind: "late" },
      { replica: 1, at: 900, heardAt: 2_500, kind: "frozen" },
      { replica: 1, at: 1_500, heardAt: 2_500, kind: "frozen" },
      { replica: 1, at: 2_100, heardAt: 2_500, kind: "late" },
    ];
    const all = { ...seen(connection(0)), errors };
    expect(reportWindow(calm, all)).toMatchObject({ errors: {}, errorsElsewhere: { frozen: 1 } });
    expect(reportWindow(struck, all)).toMatchObject({ errors: { late: 1 }, errorsElsewhere: { frozen: 1 } });
    expect(reportWindow(later, all)).toMatchObject({ errors: { late: 1 }, errorsElsewhere: {} });
  });

  it("says when clients of the struck replica were served again: writes that were due after it came back", () => {
    const back: Window = { ...struck, name: "back" };
    const all = seen(connection(0), { replica: 1, dueAt: [900, 1_400], doneAt: [1_100, 1_450] });
    expect(reportWindow(back, all).backMs).toBe(450);
    expect(reportWindow(calm, all).backMs).toBe(-1);
  });
});
