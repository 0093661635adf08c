// What explain says: laws over every status there may be, and the sentences of the cases that people meet.
import type { Finding, MemberReport, StatusReport } from "@quorate/core/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statusReport as status } from "../../test/command/status-report.ts";
import { explainReport } from "./explain.ts";
import type { ExplainInput } from "./explain-input.ts";

const down = (silentMs: number): Partial<MemberReport> => ({ up: false, silentMs });

const anyMember = fc.record({
  stake: fc.integer({ min: 1, max: 5 }),
  up: fc.boolean(),
  round: fc.nat(300),
  commitIndex: fc.nat(2_000),
  silentMs: fc.nat(1_000_000),
  rttMs: fc.option(fc.double({ min: 0, max: 2_000, noNaN: true })),
  exposed: fc.boolean(),
});

const anyInput: fc.Arbitrary<ExplainInput> = fc
  .record({
    members: fc.array(anyMember, { minLength: 1, maxLength: 9 }),
    mode: fc.constantFrom<StatusReport["mode"][]>("normal", "recovering", "restoring", "suspicious", "halted"),
    ready: fc.boolean(),
    pressure: fc.constantFrom<("none" | "soft" | "hard")[]>("none", "soft", "hard"),
    durability: fc.constantFrom<("fsync" | "os" | "memory")[]>("fsync", "os", "memory"),
    commitIndex: fc.nat(2_000),
    undecidedMs: fc.option(fc.nat(60_000), { nil: undefined }),
    waiting: fc.array(
      fc.record({ round: fc.nat(99), because: fc.array(fc.constant("1 of 3 votes"), { maxLength: 2 }) }),
      {
        maxLength: 2,
      },
    ),
    lag: fc.option(fc.record({ p99: fc.nat(900), max: fc.nat(2_000) }), { nil: undefined }),
    clocks: fc.dictionary(fc.constantFrom("b", "c"), fc.integer({ min: -3_000, max: 3_000 })),
  })
  .map(({ members, mode, ready, pressure, durability, commitIndex, undecidedMs, waiting, lag, clocks }) => {
    const plain = status({ members, count: members.length, mode, commitIndex });
    return {
      status: {
        ...plain,
        ready: ready && plain.quorum.reached && mode === "normal",
        replica: { ...plain.replica, durability },
        storage: { ...plain.storage, pressure },
      },
      waiting,
      since: undecidedMs === undefined ? {} : { undecidedMs },
      ...(lag === undefined ? {} : { eventLoopLagMs: lag }),
      clockAheadMs: clocks,
    };
  });

describe("explain, whatever the status", () => {
  it("is never empty-handed when the replica is not ready, and never calls that healthy", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { healthy, findings, summary } = explainReport(input);
        if (input.status.ready) return;
        expect(healthy).toBe(false);
        expect(findings[0]?.severity).toBe("critical");
        expect(summary).toMatch(/^Cannot serve: /);
      }),
      { numRuns: 500 },
    );
  });

  it("names every member without a link, and for how long", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { findings } = explainReport(input);
        for (const { name, self, up } of input.status.members) {
          if (self || up) continue;
          const about = findings.filter(({ members }) => members?.includes(name));
          expect(about.some(({ what }) => new RegExp(`\\b${name}\\b`).test(what))).toBe(true);
          expect(about.some(({ forMs }) => forMs !== undefined)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("puts the worst first and says with each finding what to do, in one sentence without loose ends", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { findings, summary, healthy } = explainReport(input);
        const order: readonly Finding["severity"][] = ["critical", "warning", "note"];
        const ranks = findings.map(({ severity }) => order.indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted((left, right) => left - right));
        expect(healthy).toBe(!ranks.some((rank) => rank < 2));
        for (const { what, todo } of findings) {
          expect(todo.length).toBeGreaterThan(3);
          for (const text of [what, todo, summary]) expect(text).not.toMatch(/undefined|NaN|\[object|\s$|; $|^\s/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("explain says", () => {
  const first = (input: ExplainInput) => explainReport(input).findings[0];

  it("of a healthy cluster that it is, and nothing else", () => {
    const input = { status: status() };
    expect(explainReport(input)).toEqual({
      healthy: true,
      summary: "Healthy: 5 of 5 members are up, commit 40 is applied.",
      findings: [],
      waiting: [],
    });
  });

  it("who is missing from the quorum since when, and how many must come back", () => {
    const found = first({
      status: status({ members: [{}, {}, down(12_000), down(300_000), { ...down(600_000), rttMs: null }] }),
    });
    expect(found).toEqual({
      severity: "critical",
      what: "no quorum: a reaches stake 2 of the 3 that a decision needs; c was last heard 12 s ago, d was last heard 5 min ago and e was not heard since a started 10 min ago",
      rule: "cft2: n − c = 5 − 2 = 3",
      members: ["c", "d", "e"],
      forMs: 600_000,
      todo: "start one of c, d, e; or, if they run, look at the network between them and a, and at their logs for refused handshakes",
    });
  });

  it("why there is no link, where that is known", () => {
    const found = first({
      status: status({ members: [{}, {}, {}, {}, down(9_000)] }),
      linkProblems: { e: "127.0.0.1:9005: ECONNREFUSED" },
    });
    expect(found?.what).toMatch(/^e was last heard 9\.0 s ago \(127\.0\.0\.1:9005: ECONNREFUSED\); /);
  });

  it("which heavy member alone would do", () => {
    const members = [{ stake: 2 }, { ...down(1_000), stake: 5 }, { ...down(1_000), stake: 1 }];
    expect(first({ status: status({ members, count: 3 }) })?.todo).toMatch(
      /^start b, or others with stake 3 together;/,
    );
  });

  it("of one missing member that commands are decided, and how much more may fail", () => {
    const one = explainReport({ status: status({ members: [{}, {}, {}, {}, down(9_000)] }) });
    expect(one.summary).toBe("Works: 4 of 5 members are up, commit 40 is applied; one thing needs looking at.");
    expect(one.findings[0]).toMatchObject({ severity: "warning", members: ["e"], forMs: 9_000 });
    expect(one.findings[0]!.what).toMatch(/; commands are still decided, and stake 1 more may fail$/);
    const two = first({ status: status({ members: [{}, {}, {}, down(1), down(9_000)] }) });
    expect(two?.what).toMatch(/but nothing more may fail$/);
  });

  it("which slot waits for what, when nothing is decided beside a quorum", () => {
    const found = first({
      status: status(),
      since: { undecidedMs: 7_000 },
      waiting: [
        {
          round: 88,
          because: [
            "A88 is skipped: blames",
            "B88 is undecided: 2 of 3 votes, 0 of 5 blames; its anchor would be B90, which is undecided",
          ],
        },
      ],
    });
    expect(found?.what).toBe(
      "nothing was decided for 7.0 s although a quorum can be reached; round 88 is the oldest that waits: B88 is undecided: 2 of 3 votes, 0 of 5 blames; its anchor would be B90, which is undecided",
    );
    expect(explainReport({ status: status(), since: { undecidedMs: 4_000 } }).healthy).toBe(true);
  });

  it("how many replies a replica without its disk waits for, and whom to start", () => {
    const found = first({
      status: status({ mode: "recovering", ready: false, members: [{}, {}, {}, down(1), down(1)] }),
    });
    expect(found?.what).toContain("needs replies of stake 3, and stake 2 of others is reachable");
    expect(found?.todo).toMatch(/^start members with stake 1 or more \(d, e\)/);
  });

  it("in crash mode to look for a second process with the key of whoever said two things", () => {
    const found = first({ status: status({ members: [{}, { exposed: true }] }) });
    expect(found?.todo).toContain("second process with the key of b");
  });

  it("what the durability risks without calling it unhealthy", () => {
    const weak = explainReport({
      status: status({ replica: { name: "a", index: 0, uptimeSeconds: 1, incarnation: 1, durability: "os" } }),
    });
    expect(weak).toMatchObject({ healthy: true, findings: [{ severity: "note" }] });
  });
});
