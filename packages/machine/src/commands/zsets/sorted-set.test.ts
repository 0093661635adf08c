// The two trees of a sorted set: after any changes they say the same, also where large stretches went at once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIG } from "../../state/config.ts";
import { memberOf } from "../../state/member-key.ts";
import { State } from "../../state/state.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import { readScore } from "./score.ts";
import { compareScored, type ScoredMember, SortedSet } from "./sorted-set.ts";

const newSet = (): SortedSet => {
  const state = new State(new MemoryStore(), DEFAULT_CONFIG);
  return new SortedSet(state.keys.newCollection("zset"));
};

/** The members as the scores by member have them. */
const byMember = ({ collection }: SortedSet): ScoredMember[] =>
  [...collection.scores!.walk()].map(([key, packed]) => ({ member: memberOf(key), score: readScore(packed) }));

const step = fc.record({
  op: fc.constantFrom("set", "set", "fill", "delete", "stretch"),
  member: fc.nat(400).map(String),
  score: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(Infinity, -Infinity, 0.1)),
  from: fc.double({ min: 0, max: 0.999, noNaN: true }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe("a sorted set", () => {
  it("holds what a sorted array holds, in both of its trees", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const set = newSet();
        let model: ScoredMember[] = [];
        const put = (member: string, score: number): void => {
          set.set(member, score, set.score(member));
          model = [...model.filter((each) => each.member !== member), { member, score }].sort(compareScored);
        };
        for (const { op, member, score, from, share } of steps) {
          if (op === "set") put(member, score);
          else if (op === "fill")
            for (let n = 0; n < 150; n++) put(`${n}`, Number.isFinite(score) ? (n * score) % 7 : score);
          else if (op === "delete") {
            expect(set.delete(member)).toBe(model.some((each) => each.member === member));
            model = model.filter((each) => each.member !== member);
          } else {
            const first = Math.floor(from * model.length);
            const count = Math.floor(share * (model.length - first));
            // A set that becomes empty goes as a whole, its scores with it.
            if (count === 0 || count === model.length) continue;
            set.deleteStretch({ first, count });
            model.splice(first, count);
          }
        }
        const clean = model.map(({ member, score }) => ({ member, score: score === 0 ? 0 : score }));
        expect([...set]).toEqual(clean);
        expect(byMember(set).sort(compareScored)).toEqual(clean);
        for (const [rank, { member }] of model.entries()) expect(set.rank(member)).toBe(rank);
      }),
      { numRuns: 40 },
    );
  });
});
