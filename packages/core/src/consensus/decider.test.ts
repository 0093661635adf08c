// What the decider adds to the rule: going on after a snapshot, forgetting, telling why, and staying cheap in a stall.
// That its verdicts are the oracle's is the business of test/decider-differential.test.ts.
import { describe, expect, it } from "vitest";
import { TestRandom } from "../../test/random.ts";
import { causalShuffle, type RandomDag, randomDag, type TestBlock } from "../../test/random-dag.ts";
import { thresholdsOf } from "../committee/quorum.ts";
import { Decider } from "./decider.ts";
import type { Decision } from "./verdict.ts";

const HYB3 = thresholdsOf({ rule: "hyb3", total: 4, crash: 0, byzantine: 1 });
const CFT2 = thresholdsOf({ rule: "cft2", total: 3, crash: 1, byzantine: 0 });

function randomRun(seed: number): { dag: RandomDag; order: TestBlock[]; random: TestRandom } {
  const random = new TestRandom(seed);
  const thresholds = seed % 2 === 0 ? HYB3 : CFT2;
  const stakes = new Array<number>(thresholds.total).fill(1);
  const schedule = (round: number): readonly number[] =>
    stakes.map((_, rank) => (Math.floor(round / thresholds.wave) + rank) % stakes.length);
  const dag = randomDag(random, { thresholds, stakes, schedule, rounds: 20, weakDepth: 6 });
  return { dag, order: causalShuffle(random, dag.blocks), random };
}

function print(decisions: readonly Decision<TestBlock>[]): string[] {
  return decisions.map(
    ({ slot, verdict }) =>
      `${slot.author}@${slot.round} ${verdict.kind === "commit" ? verdict.block.id : verdict.kind}`,
  );
}

const block = (id: string, parents: readonly TestBlock[], digest = ""): TestBlock => ({
  id,
  author: id.charCodeAt(0) - 65,
  round: Number(id.slice(1).split("#")[0]),
  digest,
  parents,
});

/** A schedule with slots in the named rounds only. */
const only =
  (slots: Readonly<Record<number, readonly number[]>>) =>
  (round: number): readonly number[] =>
    slots[round] ?? [];

describe("the decider", () => {
  it("goes on after any decided slot as if it had never stopped", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { dag, order, random } = randomRun(seed);
      const decider = new Decider<TestBlock>(dag);
      const decisions = order.flatMap((next) => decider.accept(next));
      if (decisions.length === 0) continue;
      const cut = random.below(decisions.length);
      const after = decisions[cut]!.slot;
      const resumed = new Decider<TestBlock>({ ...dag, after });
      // Known before any block comes, also where a round ends with the last decided slot.
      const owners = dag.schedule(after.round);
      const rank = owners.indexOf(after.author) + 1;
      const next =
        rank < owners.length
          ? { round: after.round, author: owners[rank] }
          : { round: after.round + 1, author: dag.schedule(after.round + 1)[0] };
      expect(resumed.firstUndecided).toEqual(next);
      const rest = order.flatMap((next) => resumed.accept(next));
      expect(print(rest)).toEqual(print(decisions.slice(cut + 1)));
      expect(resumed.firstUndecided).toEqual(decider.firstUndecided);
      expect(resumed.verdict(after)).toBeUndefined();
    }
  });

  it("decides the same whatever it forgets below the first undecided slot", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { dag, order, random } = randomRun(seed);
      const whole = new Decider<TestBlock>(dag);
      const forgetful = new Decider<TestBlock>(dag);
      for (const next of order) {
        expect(print(forgetful.accept(next))).toEqual(print(whole.accept(next)));
        if (random.chance(0.3)) forgetful.forget(forgetful.firstUndecided.round);
      }
    }
  });

  it("refuses to forget a round with an undecided slot", () => {
    const { dag, order } = randomRun(8);
    const decider = new Decider<TestBlock>(dag);
    for (const next of order) decider.accept(next);
    expect(() => decider.forget(decider.firstUndecided.round + 1)).toThrow(/undecided/);
  });

  it("tells what an undecided slot lacks", () => {
    const decider = new Decider<TestBlock>({ thresholds: HYB3, stakes: [1, 1, 1, 1], schedule: () => [0] });
    const first = ["A1", "B1", "C1", "D1"].map((id) => block(id, []));
    const second = ["A2", "B2"].map((id) => block(id, first.slice(0, 3)));
    for (const next of [...first, ...second]) decider.accept(next);
    expect(decider.explain({ round: 1, author: 0 })).toBe(
      "A1 is undecided: 2 of 4 votes, 0 of 3 certificates, 0 of 4 blames; no slot of round 4 or later can be its anchor yet",
    );
    expect(decider.explain({ round: 9, author: 0 })).toBe("A9 is undecided: no block has reached round 9");
    const names = { slot: () => "east's slot", block: () => "east's block" };
    expect(decider.explain({ round: 1, author: 0 }, names)).toMatch(/^east's slot is undecided: 2 of 4 votes/);
  });

  it("commits the least digest of two linked twins, and as a canary the first to arrive", () => {
    const stakes = [1, 1, 1, 1];
    const schedule = only({ 1: [0], 4: [1] });
    const run = (tieBreak: "digest" | "arrival", twins: readonly TestBlock[]): string => {
      const decider = new Decider<TestBlock>({ thresholds: HYB3, stakes, schedule, tieBreak });
      const others = ["B1", "C1", "D1"].map((id) => block(id, []));
      const high = twins.find(({ digest }) => digest === "ff")!;
      const low = twins.find(({ digest }) => digest === "00")!;
      const layer = (round: number, below: readonly TestBlock[]): TestBlock[] =>
        ["A", "B", "C", "D"].map((name) => block(`${name}${round}`, below));
      const second = layer(2, others).map((vote, voter) => ({ ...vote, parents: [voter < 2 ? high : low, ...others] }));
      const third = layer(3, second);
      const fourth = layer(4, third);
      const fifth = layer(5, fourth);
      for (const next of [...twins, ...others, ...second, ...third, ...fourth, ...fifth]) decider.accept(next);
      const verdict = decider.verdict({ round: 1, author: 0 })!;
      return verdict.kind === "commit" ? verdict.block.digest : verdict.kind;
    };
    const twins = [block("A1#ff", [], "ff"), block("A1#00", [], "00")];
    expect(run("digest", twins)).toBe("00");
    expect(run("digest", twins.toReversed())).toBe("00");
    expect(run("arrival", twins)).toBe("ff");
    expect(run("arrival", twins.toReversed())).toBe("00");
  });

  it("finds out when more members lied than the bound allows", () => {
    const decider = new Decider<TestBlock>({ thresholds: CFT2, stakes: [1, 1, 1], schedule: only({ 1: [0] }) });
    const first = ["A1", "B1", "C1"].map((id) => block(id, []));
    for (const next of first) decider.accept(next);
    for (const id of ["A2", "B2", "C2"]) decider.accept(block(id, first.slice(1), "00"));
    expect(decider.verdict({ round: 1, author: 0 })).toMatchObject({ kind: "skip", how: "direct" });
    decider.accept(block("B2", first, "01"));
    expect(() => decider.accept(block("C2", first, "01"))).toThrow(/A1 commits, but A1 is skipped: blames of stake 3/);
  });

  it("hops over rounds without slots and over rounds that are all skipped", () => {
    const stakes = [1, 1, 1];
    const schedule = only({ 1: [0], 3: [1], 6: [2] });
    const decider = new Decider<TestBlock>({ thresholds: CFT2, stakes, schedule });
    const output: string[] = [];
    let below: TestBlock[] = [];
    for (let round = 1; round <= 7; round++) {
      // A is silent after round 1 and only B saw it; nobody references B3.
      const names = round === 1 ? ["A", "B", "C"] : ["B", "C"];
      const parents = round === 4 ? below.filter(({ id }) => id !== "B3") : below;
      below = names.map((name) => {
        const voted = round === 2 && name === "C" ? parents.filter(({ id }) => id !== "A1") : parents;
        return block(`${name}${round}`, voted);
      });
      for (const next of below) output.push(...print(decider.accept(next)));
      if (round < 7) expect(output).toEqual([]);
    }
    expect(output).toEqual(["0@1 A1", "1@3 skip", "2@6 C6"]);
  });

  it("decides thousands of rounds the moment a stall ends", () => {
    // Every slot gets 3 of 4 votes and 2 certificates: three certificates or four votes would commit.
    const stakes = [1, 1, 1, 1];
    const decider = new Decider<TestBlock>({
      thresholds: HYB3,
      stakes,
      schedule: (round) => [Math.floor(round / 3) % 4],
    });
    const rounds = 4000;
    let below: TestBlock[] = [];
    const decisions: string[] = [];
    for (let round = 1; round <= rounds + 3; round++) {
      const owner = Math.floor((round - 1) / 3) % 4;
      const stalled = round <= rounds;
      below = ["A", "B", "C", "D"].map((name, author) => {
        // Half of the members always miss the slot's block; the owner's own next block votes for it.
        const misses = stalled && author !== owner && (author + owner) % 2 === 1;
        return block(
          `${name}${round}`,
          below.filter((parent) => !misses || parent.author !== owner),
        );
      });
      for (const next of below) decisions.push(...print(decider.accept(next)));
      if (stalled) expect(decisions).toEqual([]);
    }
    expect(decisions.length).toBeGreaterThan(rounds - 4);
  });
});
