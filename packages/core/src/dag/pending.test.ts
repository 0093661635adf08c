// What is kept until it can be accepted: nothing is wanted that is here, and whoever goes by the count of changes instead
// of looking each time misses nothing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCluster } from "../../test/codec/clusters.ts";
import { encodeBlock } from "../codec/block.ts";
import { type BlockRef, refKey } from "../ids.ts";
import type { Block } from "./block.ts";
import { Held } from "./held.ts";
import { Pending } from "./pending.ts";

const MEMBERS = 3;
const ROUNDS = 6;
const three = createCluster({ name: "three", stakes: [1, 1, 1], fault: { crash: 1, byzantine: 0 } });

/** The block of that member in that round, with everybody's of the round below as its parents. */
function blockOf(round: number, author: number): Block {
  const others = Array.from({ length: MEMBERS }, (_, member) => member).filter((member) => member !== author);
  const parents = [author, ...others].map((member): BlockRef => ({ round: round - 1, author: member, digest: "" }));
  const content = { epoch: 0, author, round, parents, timestamp: round, recovered: false };
  return encodeBlock({ ...content, commitVote: undefined, evidence: [], payload: [] }, three.contexts[author]!);
}

const BLOCKS = Array.from({ length: ROUNDS * MEMBERS }, (_, at) => blockOf(2 + Math.floor(at / MEMBERS), at % MEMBERS));
const block = fc.constantFrom(...BLOCKS);
const round = fc.nat({ max: ROUNDS + 1 });

/** What is pending, the obvious way: for each block, the refs it waits for. */
type Model = Map<Block, Set<BlockRef>>;

function satisfied(model: Model, isHere: (ref: BlockRef) => boolean): void {
  for (const [waiter, missing] of model) {
    for (const ref of missing) if (isHere(ref)) missing.delete(ref);
    if (missing.size === 0) model.delete(waiter);
  }
}

function wantedOf(model: Model): readonly string[] {
  const here = new Set([...model.keys()].map(({ ref }) => refKey(ref)));
  const waited = new Set([...model.values()].flatMap((missing) => [...missing].map(refKey)));
  return [...waited].filter((key) => !here.has(key)).toSorted();
}

/** Something that happens to what is pending. */
type Step = (pending: Pending, model: Model) => void;

const adding: fc.Arbitrary<Step> = fc
  .record({ block, missing: fc.subarray([0, 1, 2], { minLength: 1 }) })
  .map((chosen) => (pending, model) => {
    if (pending.has(chosen.block.ref)) return;
    const missing = chosen.missing.map((at) => chosen.block.parents[at]!);
    if (pending.add(chosen.block, 0, missing) === undefined) model.set(chosen.block, new Set(missing));
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: adding },
  {
    weight: 4,
    arbitrary: block.map(
      ({ ref }): Step =>
        (pending, model) => {
          pending.satisfy(ref);
          satisfied(model, (other) => refKey(other) === refKey(ref));
        },
    ),
  },
  round.map(
    (at): Step =>
      (pending, model) => {
        pending.satisfyBelow(at);
        satisfied(model, (ref) => ref.round <= at);
      },
  ),
  round.map(
    (at): Step =>
      (pending, model) => {
        pending.dropBelow(at);
        for (const dropped of model.keys()) if (dropped.round <= at) model.delete(dropped);
      },
  ),
  fc.subarray(BLOCKS).map((useless): Step => {
    const isUseless = (one: Block): boolean => useless.includes(one);
    return (pending, model) => {
      pending.dropUseless(isUseless);
      const isAwaited = (one: Block): boolean =>
        [...model.values()].some((missing) => [...missing].some((ref) => refKey(ref) === refKey(one.ref)));
      for (let found = true; found; ) {
        const dropped = [...model.keys()].filter((one) => isUseless(one) && !isAwaited(one));
        for (const one of dropped) model.delete(one);
        found = dropped.length > 0;
      }
    };
  }),
);

describe("Pending", () => {
  it("wants what is missing and not pending, and counts a change whenever that changes", () => {
    let differed = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pending = new Pending({ blocksPerAuthorMax: 4, bytesPerAuthorMax: 10_000 });
        const model: Model = new Map();
        let seen = { changes: pending.changes, wanted: wantedOf(model) };
        for (const run of steps) {
          run(pending, model);
          const now = { changes: pending.changes, wanted: wantedOf(model) };
          expect([...pending.wanted].toSorted()).toStrictEqual(now.wanted);
          expect(BLOCKS.filter(({ ref }) => pending.has(ref)).length).toBe(model.size);
          for (const waiter of model.keys()) expect(pending.has(waiter.ref)).toBe(true);
          for (const key of pending.wanted) expect(refKey(pending.wantedBlock(key).ref)).toBe(key);
          if (now.changes === seen.changes) expect(now.wanted).toStrictEqual(seen.wanted);
          else if (now.wanted.join() !== seen.wanted.join()) differed += 1;
          seen = now;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(differed).toBeGreaterThan(100);
  });
});

describe("how far a chain reaches in pending blocks", () => {
  it("goes over a hole of as many rounds as are told, and no further", () => {
    fc.assert(
      fc.property(
        fc.subarray([2, 3, 4, 5, 6, 7]),
        fc.nat({ max: 3 }),
        fc.nat({ max: 7 }),
        (rounds, holeMax, accepted) => {
          const pending = new Pending({ blocksPerAuthorMax: 8, bytesPerAuthorMax: 10_000 });
          for (const at of rounds) pending.add(blockOf(at, 1), 0, [{ round: 1, author: 0, digest: "" }]);
          const reach = pending.reach(1, accepted, holeMax);
          expect(pending.reach(2, accepted, holeMax)).toBe(accepted);
          expect(reach === accepted || rounds.includes(reach)).toBe(true);
          // Between the two nobody misses more than a hole, and whoever comes next is behind a larger one.
          const chain = [accepted, ...rounds.filter((at) => at > accepted && at <= reach)];
          for (const [nth, at] of chain.entries())
            expect(at - (chain[nth - 1] ?? at - 1) - 1).toBeLessThanOrEqual(holeMax);
          const beyond = rounds.find((at) => at > reach);
          if (beyond !== undefined) expect(beyond - reach - 1).toBeGreaterThan(holeMax);
        },
      ),
    );
  });
});

describe("Held", () => {
  it("counts a change whenever something else is held", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ block, until: fc.nat({ max: 9 }), wall: fc.nat({ max: 9 }) })), (steps) => {
        const held = new Held();
        const holds = (): string => BLOCKS.map(({ ref }) => Number(held.has(ref))).join("");
        for (const { block: early, until, wall } of steps) {
          for (const act of [() => held.has(early.ref) || held.add(early, 0, until), () => held.release(wall)]) {
            const before = { changes: held.changes, holds: holds() };
            act();
            if (held.changes === before.changes) expect(holds()).toBe(before.holds);
          }
        }
      }),
    );
  });
});
