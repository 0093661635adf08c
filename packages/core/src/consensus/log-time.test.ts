// Log time never goes back, and liars cannot move it out of the range of what honest members say.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thresholds } from "../committee/quorum.ts";
import type { Linked } from "./linearizer.ts";
import { commitTime } from "./log-time.ts";

interface Stamped extends Linked<Stamped> {
  readonly time: number;
}

const timestampOf = (block: Stamped): number => block.time;

function stamped(author: number, round: number, time: number, parents: readonly Stamped[] = []): Stamped {
  return { author, round, digest: "", parents, time };
}

/** Any timestamp a block could carry, poison included. */
const anyTime = fc.oneof(
  fc.nat({ max: 2_000_000_000_000 }),
  fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 64 - 1),
);

/** Parents of stake P or more, at most f of it by liars, in any order. */
const told = fc
  .record({
    stakes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
    order: fc.infiniteStream(fc.nat()),
    honest: fc.infiniteStream(fc.nat({ max: 2_000_000_000_000 })),
    lies: fc.infiniteStream(anyTime),
  })
  .map(({ stakes, order, honest, lies }) => {
    const total = stakes.reduce((sum, stake) => sum + stake, 0);
    const byzantine = Math.floor((total - 1) / 3);
    const { parents: quorum } = thresholds(stakes, { crash: 0, byzantine });
    const authors = stakes.map((_, author) => ({ author, at: order.next().value! })).sort((a, b) => a.at - b.at);
    let lying = 0;
    let present = 0;
    const parents: { block: Stamped; lies: boolean }[] = [];
    for (const { author } of authors) {
      const stake = stakes[author]!;
      const liar = lying + stake <= byzantine;
      if (liar) lying += stake;
      else if (present >= quorum) continue;
      present += stake;
      parents.push({ block: stamped(author, 6, (liar ? lies : honest).next().value!), lies: liar });
    }
    return { stakes, parents };
  });

describe("log time", () => {
  it("stays within what honest members say, whatever at most f stake says", () => {
    fc.assert(
      fc.property(told, ({ stakes, parents }) => {
        const anchor = stamped(
          0,
          7,
          0,
          parents.map(({ block }) => block),
        );
        const time = commitTime({ previous: 0, anchor, stakes, timestampOf });
        const honest = parents.filter(({ lies }) => !lies).map(({ block }) => block.time);
        expect(time).toBeGreaterThanOrEqual(Math.min(...honest));
        expect(time).toBeLessThanOrEqual(Math.max(...honest));
      }),
      { numRuns: 2000 },
    );
  });

  it("never goes back, and is a whole number whatever is told", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(anyTime, { maxLength: 7 }), (previous, times) => {
        const parents = times.map((time, author) => stamped(author, 6, time));
        const time = commitTime({
          previous,
          anchor: stamped(0, 7, 0, parents),
          stakes: times.map(() => 1),
          timestampOf,
        });
        expect(time).toBeGreaterThanOrEqual(previous);
        expect(Number.isSafeInteger(time)).toBe(true);
      }),
    );
  });

  it("does not depend on the order of parents and ignores older ones", () => {
    const parents = [30, 10, 20].map((time, author) => stamped(author, 6, time));
    const old = stamped(3, 4, 999);
    const stakes = [1, 1, 1, 5];
    for (const some of [parents, [...parents].reverse(), [old, ...parents]])
      expect(commitTime({ previous: 0, anchor: stamped(0, 7, 0, some), stakes, timestampOf })).toBe(20);
  });

  it("weighs by stake", () => {
    const parents = [30, 10, 20].map((time, author) => stamped(author, 6, time));
    expect(commitTime({ previous: 0, anchor: stamped(0, 7, 0, parents), stakes: [5, 1, 1], timestampOf })).toBe(30);
  });

  it("stands still at an anchor of round 1, whose parents tell no time", () => {
    const genesis = [0, 1, 2].map((author) => stamped(author, 0, 5));
    expect(commitTime({ previous: 3, anchor: stamped(0, 1, 9, genesis), stakes: [1, 1, 1], timestampOf })).toBe(3);
  });
});
