// The generator is the ground that every simulated run stands on: these tests hold it to a stream written down once, to
// fairness that a broken one would miss by far, and to the independence of forks.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "./rng.ts";

function draws(seed: number | string, count: number): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => rng.bits());
}

/** Pearson's statistic against equal frequencies. */
function chiSquare(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("createRng", () => {
  it("repeats from the same seed, as a number or as its text, on every machine", () => {
    expect(draws(42, 100)).toEqual(draws("42", 100));
    // Written down once, so that a change of the stream cannot pass unseen: it would change every recorded seed.
    expect(draws(42, 4)).toMatchInlineSnapshot(`
      [
        1169456827,
        4073691336,
        338874556,
        3855893640,
      ]
    `);
  });

  it("gives unlike streams for neighbouring seeds", () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 2000; seed++) for (const draw of draws(seed, 4)) seen.add(draw);
    // 8000 draws out of 2^32 collide about 0.007 times.
    expect(seen.size).toBeGreaterThan(7997);
  });

  it("sets every bit half of the time, whatever bit was before", () => {
    const words = draws("bits", 20_000);
    for (let bit = 0; bit < 32; bit++) {
      const counts = [0, 0, 0, 0];
      for (let at = 1; at < words.length; at++) {
        const pair = (((words[at - 1]! >>> bit) & 1) << 1) | ((words[at]! >>> bit) & 1);
        counts[pair] = counts[pair]! + 1;
      }
      // Three degrees of freedom: beyond 30 once in 700,000.
      expect(chiSquare(counts)).toBeLessThan(30);
    }
  });

  it("draws integers evenly and within bounds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, below) => {
        const draw = createRng(seed).integer(below);
        return Number.isInteger(draw) && draw >= 0 && draw < below;
      }),
    );
    const rng = createRng("even");
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 50_000; draw++) {
      const at = rng.integer(10);
      counts[at] = counts[at]! + 1;
    }
    // Nine degrees of freedom: beyond 45 about once in a million.
    expect(chiSquare(counts)).toBeLessThan(45);
  });

  it("does not favour small integers where 2^32 is no multiple", () => {
    // With 3 * 2^30 a plain remainder would give the first third half of all draws.
    const rng = createRng("bias");
    const below = 3 * 2 ** 30;
    let low = 0;
    for (let draw = 0; draw < 9000; draw++) if (rng.integer(below) < 2 ** 30) low++;
    expect(low).toBeGreaterThan(2750);
    expect(low).toBeLessThan(3250);
  });

  it("refuses an empty range and an empty list", () => {
    const rng = createRng(1);
    expect(() => rng.integer(0)).toThrow(RangeError);
    expect(() => rng.integer(1.5)).toThrow(RangeError);
    expect(() => rng.integer(2 ** 32 + 1)).toThrow(RangeError);
    expect(() => rng.pick([])).toThrow(RangeError);
  });

  it("never happens at 0, always happens at 1, and keeps to the rate between", () => {
    const rng = createRng("chance");
    let hits = 0;
    for (let draw = 0; draw < 10_000; draw++) {
      expect(rng.chance(0)).toBe(false);
      expect(rng.chance(1)).toBe(true);
      if (rng.chance(0.3)) hits++;
    }
    expect(hits).toBeGreaterThan(2700);
    expect(hits).toBeLessThan(3300);
  });

  it("shuffles into every order equally often and leaves the list alone", () => {
    const rng = createRng("shuffle");
    const list = Object.freeze(["a", "b", "c", "d"]);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 24_000; draw++) {
      const order = rng.shuffle(list).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 23 degrees of freedom: beyond 75 less than once in a million.
    expect(chiSquare([...counts.values()])).toBeLessThan(75);
  });

  it("waits exponentially long: the mean is kept and one in e waits longer than it", () => {
    const rng = createRng("wait");
    const waits = Array.from({ length: 20_000 }, () => rng.exponential(5));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(mean).toBeGreaterThan(4.8);
    expect(mean).toBeLessThan(5.2);
    const longer = waits.filter((wait) => wait > 5).length / waits.length;
    expect(longer).toBeGreaterThan(0.35);
    expect(longer).toBeLessThan(0.385);
    expect(waits.every((wait) => wait >= 0 && Number.isFinite(wait))).toBe(true);
  });
});

describe("fork", () => {
  it("does not depend on what was drawn before, and does not disturb its parent", () => {
    const fresh = createRng(7);
    const used = createRng(7);
    for (let draw = 0; draw < 13; draw++) used.bits();
    const fork = fresh.fork("network");
    expect(used.fork("network").bits()).toBe(fork.bits());
    for (let draw = 0; draw < 13; draw++) fresh.bits();
    expect(fresh.bits()).toBe(used.bits());
  });

  it("gives streams of their own by label, by parent and by depth", () => {
    const root = createRng(7);
    const streams = [
      root,
      root.fork("a"),
      root.fork("b"),
      root.fork(""),
      root.fork("a").fork("b"),
      root.fork("b").fork("a"),
      root.fork("ab"),
      createRng(8).fork("a"),
      createRng("7a"),
    ];
    const firsts = streams.map((stream) => stream.bits());
    expect(new Set(firsts).size).toBe(streams.length);
  });

  it("is uncorrelated with its parent", () => {
    const parent = createRng("parent");
    const child = createRng("parent").fork("child");
    let agreeing = 0;
    for (let draw = 0; draw < 1000; draw++) {
      let differing = parent.bits() ^ child.bits();
      for (; differing !== 0; differing &= differing - 1) agreeing--;
      agreeing += 32;
    }
    // 32,000 coin flips: a deviation of 700 is eight sigma.
    expect(Math.abs(agreeing - 16_000)).toBeLessThan(700);
  });
});
