// The order of commits, held against a model that walks whole histories and remembers everything that was ever output.
import { describe, expect, it } from "vitest";
import { TestRandom } from "../../test/random.ts";
import { randomDag, type TestBlock } from "../../test/random-dag.ts";
import { thresholdsOf } from "../committee/quorum.ts";
import { Linearizer } from "./linearizer.ts";
import { decide } from "./oracle.ts";

const MEMBERS = 6;

/** Committed anchors of a random DAG, in slot order. */
function anchorsOf(random: TestRandom, rounds = 24): TestBlock[] {
  const thresholds = thresholdsOf({ rule: "hyb3", total: MEMBERS, crash: 1, byzantine: 1 });
  const ranks = random.pick([[0], [0, 1], [0, 1, 2, 3, 4, 5]]);
  const schedule = (round: number): readonly number[] => ranks.map((rank) => (Math.floor(round / 3) + rank) % MEMBERS);
  const stakes = [1, 1, 1, 1, 1, 1];
  const dag = randomDag(random, { thresholds, stakes, schedule, rounds, weakDepth: 12 });
  const anchors: TestBlock[] = [];
  for (const { verdict } of decide(dag.blocks, dag)) {
    if (verdict.kind === "undecided") break;
    if (verdict.kind === "commit") anchors.push(verdict.block);
  }
  return anchors;
}

function historyOf(anchor: TestBlock): Set<TestBlock> {
  const reached = new Set([anchor]);
  for (const block of reached) for (const parent of block.parents) reached.add(parent);
  return reached;
}

/** The order as it is written down: whole histories, one set of all that was output, the horizon of the anchor before. */
function modelOrder(anchors: readonly TestBlock[], gcDepth: number): string[][] {
  const output = new Set<TestBlock>();
  let horizon = 0;
  return anchors.map((anchor) => {
    const added = [...historyOf(anchor)].filter((block) => block.round > horizon && !output.has(block));
    for (const block of added) output.add(block);
    horizon = anchor.round - gcDepth;
    const place = (block: TestBlock): number => (block.author + anchor.round) % MEMBERS;
    return added
      .sort((a, b) => a.round - b.round || place(a) - place(b) || (a.digest < b.digest ? -1 : 1))
      .map((block) => block.id);
  });
}

const ids = (blocks: readonly TestBlock[]): string[] => blocks.map((block) => block.id);

describe("the order of commits", () => {
  it("is the model's, with deep and with shallow horizons, and whatever is forgotten", () => {
    let late = 0;
    let neverOutput = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = new TestRandom(seed);
      const anchors = anchorsOf(random);
      const gcDepth = random.pick([2, 4, 8, 100]);
      const linearizer = new Linearizer<TestBlock>({ gcDepth, members: MEMBERS });
      const expected = modelOrder(anchors, gcDepth);
      const output = new Set<TestBlock>();
      for (const [index, anchor] of anchors.entries()) {
        const { blocks, horizon } = linearizer.next(anchor);
        expect(ids(blocks)).toEqual(expected[index]);
        expect(horizon).toBe(Math.max(0, anchor.round - gcDepth));
        for (const block of blocks) {
          expect(output.has(block)).toBe(false);
          output.add(block);
          expect(linearizer.isOutput(block)).toBe(true);
          if (block.round < anchor.round - 2) late++;
        }
        if (random.chance(0.5)) linearizer.forget(horizon + 1);
      }
      const last = anchors.at(-1);
      if (last !== undefined) neverOutput += [...historyOf(last)].filter((block) => !output.has(block)).length;
    }
    // Late blocks and blocks that fell below the horizon did occur.
    expect(late).toBeGreaterThan(100);
    expect(neverOutput).toBeGreaterThan(20);
  });

  it("goes on alike from the covering anchors of any commit", () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = new TestRandom(seed);
      const anchors = anchorsOf(random);
      const gcDepth = random.pick([2, 5, 100]);
      const whole = new Linearizer<TestBlock>({ gcDepth, members: MEMBERS });
      const cut = random.below(anchors.length + 1);
      for (const anchor of anchors.slice(0, cut)) whole.next(anchor);
      const restored = new Linearizer<TestBlock>({ gcDepth, members: MEMBERS });
      restored.restore({
        horizon: whole.horizon,
        lastAnchorRound: anchors[cut - 1]?.round ?? 0,
        covering: whole.covering(),
      });
      for (const anchor of anchors.slice(cut)) {
        expect(ids(restored.next(anchor).blocks)).toEqual(ids(whole.next(anchor).blocks));
        expect(ids(restored.covering())).toEqual(ids(whole.covering()));
      }
    }
  });

  it("keeps the fewest covering anchors: together they reach all that is output, and none reaches another", () => {
    let several = 0;
    for (let seed = 0; seed < 100; seed++) {
      const anchors = anchorsOf(new TestRandom(seed), 14);
      const gcDepth = 5;
      const linearizer = new Linearizer<TestBlock>({ gcDepth, members: MEMBERS });
      const output = new Set<TestBlock>();
      for (const anchor of anchors) {
        for (const block of linearizer.next(anchor).blocks) output.add(block);
        const above = (blocks: Iterable<TestBlock>): string[] =>
          [...new Set(blocks)]
            .filter((block) => block.round > linearizer.horizon)
            .map((block) => block.id)
            .sort();
        const covering = linearizer.covering();
        expect(above(covering.flatMap((cover) => [...historyOf(cover)]))).toEqual(above(output));
        for (const cover of covering)
          for (const other of covering) if (other !== cover) expect(historyOf(cover).has(other)).toBe(false);
        if (covering.length > 1) several++;
      }
    }
    expect(several).toBeGreaterThan(50);
  });

  it("outputs a late block once, and a block below the horizon never", () => {
    const block = (author: number, round: number, parents: TestBlock[]): TestBlock => ({
      id: `${"ABC"[author]}${round}`,
      author,
      round,
      digest: "",
      parents,
    });
    const lost = block(2, 1, []);
    const late = block(2, 3, []);
    let own = block(0, 1, []);
    const anchors = [own];
    for (let round = 2; round <= 12; round++) {
      const parents = round === 8 ? [own, late] : round === 10 ? [own, lost] : [own];
      own = block(0, round, parents);
      anchors.push(own);
    }
    const linearizer = new Linearizer<TestBlock>({ gcDepth: 5, members: 3 });
    const output = anchors.flatMap((anchor) => ids(linearizer.next(anchor).blocks));
    expect(output.filter((id) => id === "C3")).toHaveLength(1);
    expect(output.indexOf("C3")).toBe(output.indexOf("A8") - 1);
    expect(output).not.toContain("C1");
  });

  it("refuses anchors that come back or go back", () => {
    const first: TestBlock = { id: "A3", author: 0, round: 3, digest: "", parents: [] };
    const second: TestBlock = { id: "B4", author: 1, round: 4, digest: "", parents: [first] };
    const linearizer = new Linearizer<TestBlock>({ gcDepth: 5, members: MEMBERS });
    linearizer.next(first);
    expect(() => linearizer.next(first)).toThrow(/already output/);
    linearizer.next(second);
    expect(() => linearizer.next({ ...first, id: "C3", author: 2 })).toThrow(/after a later one/);
  });
});
