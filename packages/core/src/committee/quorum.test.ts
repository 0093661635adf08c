// Thresholds against the table of worked examples, against their inequalities written out once more, and against a
// model that looks at every set of members.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findViolations } from "../../test/quorum-model.ts";
import { InvariantError } from "../invariant.ts";
import { ConfigurationError } from "./configuration-error.ts";
import {
  activeStakeMin,
  defaultCrash,
  honestStake,
  readQuorum,
  recoveryQuorum,
  STAKE_TOTAL_MAX,
  type ThresholdRequest,
  type Thresholds,
  thresholds,
  thresholdsOf,
} from "./quorum.ts";
import { assertThresholds, quorumLaws } from "./quorum-laws.ts";

const ones = (count: number) => Array.from({ length: count }, () => 1);
const cft2 = (total: number, crash: number) => thresholdsOf({ rule: "cft2", total, crash, byzantine: 0 });
const hyb3 = (total: number, byzantine: number, crash: number) =>
  thresholdsOf({ rule: "hyb3", total, crash, byzantine });

describe("the worked examples", () => {
  it.each([
    // n, c, P = Q, skip, link
    [1, 0, 1, 1, 1],
    [3, 1, 2, 3, 1],
    [4, 1, 3, 3, 2],
    [5, 2, 3, 5, 1],
    [5, 1, 4, 3, 3],
    [7, 3, 4, 7, 1],
    [7, 2, 5, 5, 3],
    [20, 9, 11, 19, 2],
  ])("cft2 of n = %i, c = %i has quorum %i, skip %i, link %i", (n, c, quorum, skip, link) => {
    expect(cft2(n, c)).toEqual({
      rule: "cft2",
      total: n,
      crash: c,
      byzantine: 0,
      slack: 0,
      parents: quorum,
      commit: quorum,
      certificate: quorum,
      slow: quorum,
      skip,
      link,
      wave: 2,
    } satisfies Thresholds);
  });

  it.each([
    // n, f, c, k, P, fast = skip, certificate, slow, weak
    [3, 0, 1, 0, 2, 3, 2, 2, 1],
    [4, 0, 1, 1, 3, 3, 3, 2, 2],
    [4, 1, 0, 0, 3, 4, 3, 3, 2],
    [5, 0, 2, 0, 3, 4, 3, 3, 2],
    [5, 1, 0, 1, 4, 5, 4, 3, 2],
    [6, 1, 0, 2, 5, 5, 4, 3, 3],
    [7, 1, 1, 1, 5, 6, 5, 4, 3],
    [7, 2, 0, 0, 5, 7, 5, 5, 3],
    [20, 3, 4, 2, 13, 17, 12, 11, 7],
    [20, 0, 9, 1, 11, 15, 11, 10, 6],
    [20, 4, 1, 5, 15, 17, 13, 10, 8],
    [20, 6, 0, 1, 14, 20, 14, 13, 7],
  ])(
    "hyb3 of n = %i, f = %i, c = %i has slack %i, P %i, fast and skip %i, certificate %i, slow %i, weak %i",
    (n, f, c, k, P, fast, certificate, slow, weak) => {
      expect(hyb3(n, f, c)).toEqual({
        rule: "hyb3",
        total: n,
        crash: c,
        byzantine: f,
        slack: k,
        parents: P,
        commit: fast,
        certificate,
        slow,
        skip: fast,
        link: weak,
        wave: 3,
      } satisfies Thresholds);
    },
  );
});

describe("every configuration with n < 80, f < 20, c < 40, k < 12", () => {
  it("keeps the inequalities of cft2, or is refused when n < 2c + 1", () => {
    for (let n = 1; n < 80; n++) {
      for (let c = 0; c < 40; c++) {
        if (n < 2 * c + 1) {
          expect(() => cft2(n, c)).toThrow(ConfigurationError);
          continue;
        }
        const { parents: P, commit: Q, skip: S, link } = cft2(n, c);
        const holds =
          2 * P > n && Q <= n - c && link === P + Q - n && S === n - link + 1 && n - S < link && S <= n && link >= 1;
        expect(holds, `n = ${n}, c = ${c}`).toBe(true);
      }
    }
  });

  it("keeps the inequalities of hyb3, or is refused when n < 3f + 2c + k + 1", () => {
    let accepted = 0;
    for (let n = 1; n < 80; n++) {
      for (let f = 0; f < 20; f++) {
        for (let c = 0; c < 40; c++) {
          for (let k = 0; k < 12; k++) {
            if (n < 3 * f + 2 * c + k + 1) {
              if (n < 12) {
                const request: ThresholdRequest = { rule: "hyb3", total: n, crash: c, byzantine: f, slack: k };
                expect(() => thresholdsOf(request)).toThrow(ConfigurationError);
              }
              continue;
            }
            const t = thresholdsOf({ rule: "hyb3", total: n, crash: c, byzantine: f, slack: k });
            const { parents: P, commit: fast, certificate: cert, slow, skip: S, link: weak } = t;
            const holds =
              2 * P > n + f &&
              2 * cert > n + f &&
              cert <= P &&
              fast + weak > n + f &&
              P + slow > n + f &&
              fast + P - n - f >= weak &&
              weak <= cert &&
              n - S + f < weak &&
              slow <= n - f - c &&
              S <= n;
            if (!holds) expect.fail(`n = ${n}, f = ${f}, c = ${c}, k = ${k}: ${JSON.stringify(t)}`);
            accepted += 1;
          }
        }
      }
    }
    expect(accepted).toBeGreaterThan(50_000);
  }, 120_000);

  it("has the same thresholds under both rules where n = 3c + 1", () => {
    for (let c = 0; c < 26; c++) {
      const two = cft2(3 * c + 1, c);
      const three = hyb3(3 * c + 1, 0, c);
      expect([three.parents, three.commit, three.skip, three.link]).toEqual([
        two.parents,
        two.commit,
        two.skip,
        two.link,
      ]);
    }
  });
});

describe("the model of all sets of members", () => {
  const stakesArb = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
  const requestArb = stakesArb.chain((stakes) => {
    const total = stakes.reduce((sum, stake) => sum + stake, 0);
    return fc
      .record({ byzantine: fc.nat(Math.floor((total - 1) / 3)), crash: fc.nat(total), slack: fc.nat(total) })
      .map(({ byzantine, crash, slack }) => {
        const crashFits = crash % (defaultCrash(total, byzantine) + 1);
        const slackFits = slack % (total - 3 * byzantine - 2 * crashFits);
        return { stakes, total, byzantine, crash: crashFits, slack: slackFits };
      });
  });

  it("finds nothing wrong with hyb3, whatever the stakes and the slack", () => {
    fc.assert(
      fc.property(requestArb, ({ stakes, ...request }) => {
        expect(findViolations(stakes, thresholdsOf({ rule: "hyb3", ...request }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("finds nothing wrong with cft2, whatever the stakes", () => {
    fc.assert(
      fc.property(stakesArb, fc.nat(20), (stakes, crash) => {
        const total = stakes.reduce((sum, stake) => sum + stake, 0);
        expect(findViolations(stakes, cft2(total, crash % (defaultCrash(total, 0) + 1)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("finds nothing wrong with any unit-stake committee up to seven members", () => {
    for (let n = 1; n <= 7; n++) {
      for (let f = 0; 3 * f < n; f++) {
        for (let c = 0; 3 * f + 2 * c < n; c++) {
          if (f === 0) expect(findViolations(ones(n), cft2(n, c)), `cft2 ${n} ${c}`).toEqual([]);
          expect(findViolations(ones(n), hyb3(n, f, c)), `hyb3 ${n} ${f} ${c}`).toEqual([]);
        }
      }
    }
  });

  // The inequalities are what production asserts. If they let a wrong number pass, the model must not find it wrong.
  it("finds nothing wrong with any numbers that the inequalities let pass", () => {
    let passed = 0;
    let caught = 0;
    const amounts = ["parents", "commit", "certificate", "slow", "skip", "link"] as const;
    const changesArb = fc.array(
      fc.record({ amount: fc.constantFrom(...amounts), by: fc.integer({ min: -2, max: 2 }) }),
      {
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(requestArb, changesArb, fc.boolean(), ({ stakes, ...request }, changes, wantsCft2) => {
        const rule = wantsCft2 && request.byzantine === 0 ? "cft2" : "hyb3";
        const base = thresholdsOf(rule === "cft2" ? { ...request, rule, slack: 0 } : { ...request, rule });
        const changed: { -readonly [Key in keyof Thresholds]: Thresholds[Key] } = { ...base };
        for (const { amount, by } of changes) changed[amount] += by;
        const lawful = quorumLaws(changed).every(({ left, right }) => left >= right);
        const violations = findViolations(stakes, changed);
        if (lawful) expect(violations).toEqual([]);
        if (lawful) passed += 1;
        else if (violations.length > 0) caught += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(50);
    expect(caught).toBeGreaterThan(300);
  }, 120_000);

  it.each([
    [cft2(5, 2), "parents", -1, "a block need not see a link to a committed slot"],
    [cft2(5, 1), "link", 1, "a block need not see a link to a committed slot"],
    [cft2(5, 1), "skip", -1, "a skipped slot can be linked"],
    [cft2(5, 1), "commit", 1, "the members that are left cannot commit"],
    [hyb3(4, 1, 0), "parents", -1, "a later block need not see an honest witness of a commit"],
    [hyb3(4, 1, 0), "certificate", -1, "two twins can be certified"],
    [hyb3(6, 1, 0), "commit", -1, "a rival of a directly committed block can be linked"],
    [hyb3(6, 1, 0), "link", -1, "a skipped slot can be linked"],
    [hyb3(7, 1, 1), "slow", -1, "a later block need not see an honest witness of a commit"],
    [hyb3(7, 1, 1), "skip", -1, "a skipped slot can be linked"],
    [hyb3(7, 1, 1), "slow", 2, "the members that are left cannot commit"],
  ] as const)("catches %o with %s changed by %i: %s", (base, amount, by, violation) => {
    const wrong: Thresholds = { ...base, [amount]: base[amount] + by };
    expect(findViolations(ones(base.total), wrong)).toContain(violation);
    expect(() => assertThresholds(wrong)).toThrow(InvariantError);
  });
});

describe("the choice of rule and bounds", () => {
  it("takes cft2 where nobody may lie, else hyb3 with the largest slack", () => {
    expect(thresholds([3, 1, 1], { crash: 1, byzantine: 0 })).toEqual(cft2(5, 1));
    expect(thresholds(ones(9), { crash: 1, byzantine: 1 })).toEqual(hyb3(9, 1, 1));
    expect(hyb3(9, 1, 1).slack).toBe(3);
  });

  it("leaves as much crash tolerance as fits beside the Byzantine bound", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((n) => defaultCrash(n, 0))).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect([3, 4, 5, 6, 7, 8, 9].map((n) => defaultCrash(n, 1))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  });

  it("names the amounts that reads, recovery, clients and schedules need", () => {
    const crash = cft2(5, 2);
    expect([readQuorum(crash), recoveryQuorum(crash), honestStake(crash), activeStakeMin(crash)]).toEqual([3, 3, 1, 3]);
    const lies = hyb3(7, 1, 1);
    expect([readQuorum(lies), recoveryQuorum(lies), honestStake(lies), activeStakeMin(lies)]).toEqual([5, 5, 2, 3]);
  });
});

describe("a refusal", () => {
  it.each([
    [4, 2, 0, ["add 1 more member of stake 1", "lower crash to 1"]],
    [2, 2, 0, ["add 3 more members of stake 1", "lower crash to 0"]],
    [3, 0, 1, ["add 1 more member of stake 1", "lower byzantine to 0"]],
    [6, 1, 2, ["add 3 more members of stake 1", "lower byzantine to 1"]],
    [8, 3, 1, ["add 2 more members of stake 1", "lower crash to 2", "lower byzantine to 0"]],
    [2, 5, 5, ["add 24 more members of stake 1", "set crash to 0 and byzantine to 0"]],
  ])("of n = %i, c = %i, f = %i tells what would do", (total, crash, byzantine, remedies) => {
    expect(refusal(() => thresholds(ones(total), { crash, byzantine })).remedies).toEqual(remedies);
  });

  it("names the rule and the numbers", () => {
    const { message, code } = refusal(() => thresholds(ones(4), { crash: 2, byzantine: 0 }));
    expect(code).toBe("configuration");
    expect(message).toBe(
      "rule cft2 needs total stake n ≥ 2c + 1 = 5, but n = 4, c = 2. Instead: add 1 more member of stake 1; or lower crash to 1.",
    );
  });

  it("offers only changes that do, and none that is larger than it must be", () => {
    const smallest = /add (\d+)|lower (crash|byzantine) to (\d+)|set crash to 0 and byzantine to (\d+)/;
    for (let n = 1; n < 12; n++) {
      for (let crash = 0; crash < 8; crash++) {
        for (let byzantine = 0; byzantine < 5; byzantine++) {
          if (n >= 3 * byzantine + 2 * crash + 1) continue;
          const works = (total: number, c: number, f: number) => total >= 3 * f + 2 * c + 1;
          for (const remedy of refusal(() => thresholds(ones(n), { crash, byzantine })).remedies) {
            const [, add, bound, to, both] = smallest.exec(remedy)!;
            if (add !== undefined) {
              expect(works(n + Number(add), crash, byzantine)).toBe(true);
              expect(works(n + Number(add) - 1, crash, byzantine)).toBe(false);
            } else if (both !== undefined) {
              expect(works(n, 0, Number(both))).toBe(true);
              expect(works(n, 0, Number(both) + 1)).toBe(false);
            } else {
              const [c, f] = bound === "crash" ? [Number(to), byzantine] : [crash, Number(to)];
              const [cMore, fMore] = bound === "crash" ? [c + 1, f] : [c, f + 1];
              expect(works(n, c, f)).toBe(true);
              expect(works(n, cMore, fMore)).toBe(false);
            }
          }
        }
      }
    }
  });

  it.each([
    ["no member", []],
    ["stake 0", [1, 0]],
    ["negative stake", [1, -1]],
    ["a fraction of stake", [1.5]],
    ["stake that is no number", [Number.NaN]],
    ["a total of 2^31", [STAKE_TOTAL_MAX, 1]],
  ])("meets %s", (_, stakes) => {
    refusal(() => thresholds(stakes, { crash: 0, byzantine: 0 }));
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40])("meets the bound %d", (bound) => {
    refusal(() => thresholds(ones(5), { crash: bound, byzantine: 0 }));
    refusal(() => thresholds(ones(5), { crash: 0, byzantine: bound }));
  });

  it("meets a rule that does not fit the bounds", () => {
    refusal(() => thresholdsOf({ rule: "cft2", total: 4, crash: 0, byzantine: 1 }));
    refusal(() => thresholdsOf({ rule: "cft2", total: 4, crash: 1, byzantine: 0, slack: 1 }));
    expect(
      refusal(() => thresholdsOf({ rule: "hyb3", total: 6, crash: 1, byzantine: 1, slack: 1 })).remedies,
    ).toContain("lower slack to 0");
  });

  it("is not made of a total of exactly 2^31 - 1", () => {
    expect(cft2(STAKE_TOTAL_MAX, defaultCrash(STAKE_TOTAL_MAX, 0)).parents).toBe(2 ** 30);
  });
});

function refusal(run: () => unknown): ConfigurationError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  return expect.fail("nothing was refused");
}
