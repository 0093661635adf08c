// What a run says of its faults is what struck: a fault that changed nothing is not counted, and one that was turned into
// another counts as that.
import { describe, expect, it } from "vitest";
import { DEFAULT_WORKLOAD } from "../client/workload.ts";
import { runScenario } from "../run/run-scenario.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario/scenario.ts";
import type { Fault } from "./fault.ts";

const CALM = defineScenario({
  name: "counted",
  about: "a few faults one after another",
  stakes: equalStakes(4),
  workload: { ...DEFAULT_WORKLOAD, clients: 1 },
  chaosMs: [1_000, 1_000],
});
const LIED_TO: Partial<Scenario> = {
  fault: { crash: 0, byzantine: 1 },
  adversaries: [{ kind: "crafting", members: [3], behaviours: ["silent"] }],
};

function strike(faults: readonly Fault[], parts: Partial<Scenario> = {}) {
  const timed = faults.map((fault, place) => ({ at: 100 * place + 100, fault }));
  const { reasons, stats } = runScenario({ ...CALM, ...parts, faults: timed }, { seed: 1 });
  expect(reasons).toEqual([]);
  return stats;
}

describe("faults carried out", () => {
  it.each<[string, readonly Fault[], Partial<Scenario>?]>([
    ["a partition of one group", [{ verb: "partition", groups: [[0, 1, 2, 3]] }]],
    ["a cut between a member and itself", [{ verb: "cut", from: [1], to: [1] }]],
    [
      "the end of what did not begin",
      [{ verb: "heal" }, { verb: "release", from: [0] }, { verb: "unmute", member: 1 }],
    ],
    [
      "the start of what runs",
      [
        { verb: "restart", member: 0 },
        { verb: "resume", member: 0 },
      ],
    ],
    ["a crash point that is never reached", [{ verb: "crash-at", member: 0, point: 1_000_000, restartMs: 10 }]],
    ["a crash of a liar", [{ verb: "crash", member: 3, power: true }], LIED_TO],
  ])("do not count %s", (_, faults, parts) => expect(strike(faults, parts).faults).toEqual({}));

  it("count what struck, and its end only where that has a name of its own", () => {
    const frames = { loss: 0.1, duplicate: 0, reorder: 0 };
    const { faults } = strike([
      { verb: "cut", from: [0], to: [1] },
      { verb: "cut", from: [0], to: [1] },
      { verb: "heal" },
      { verb: "spoil", frames },
      { verb: "spoil" },
      { verb: "slow", member: 0, factor: 5, turnMs: 0 },
      { verb: "slow", member: 0, factor: 1, turnMs: 0 },
      { verb: "crash-at", member: 2, point: 1, restartMs: 50 },
    ]);
    expect(faults).toEqual({ cut: 1, heal: 1, spoil: 1, slow: 1, "crash-at": 1 });
  });

  it.each(["wipe", "corrupt"] as const)("count a %s that may not be as the crash that it comes to", (verb) => {
    const faults: readonly Fault[] = [{ verb, member: 0, restartMs: 50 }];
    expect(strike(faults)).toMatchObject({ faults: { [verb]: 1 }, crashes: 1, amnesias: 1 });
    expect(strike(faults, LIED_TO)).toMatchObject({ faults: { crash: 1 }, crashes: 1, amnesias: 0 });
  });
});
