// A member that comes back when everybody has forgotten what it lacks needs a state from somebody, and liars are quick to
// offer one. Chance hardly ever lags a member that far, so here one always is: it is away for most of a run among members
// that keep little. Back, it meets one that does not lie and whose word is not enough, and then the liars.
import type { Rng } from "../rng.ts";
import { liarsAmong } from "./liars-among.ts";
import { inOrder, randomFaults } from "./random-faults.ts";
import type { Scenario } from "./scenario.ts";

/** The scenario with as many liars as can be, for that many that may crash, and an honest member left behind among them. */
export function leftBehind(scenario: Scenario, crash: number, rng: Rng): Scenario {
  const { limits, noticeMs, stakes, tuning } = scenario;
  const [least, most] = scenario.chaosMs;
  const total = stakes.reduce((sum, stake) => sum + stake, 0);
  const fault = { crash, byzantine: Math.floor((total - 2 * crash - 1) / 3) };
  // The others can do without the lightest, and the next is no proof by itself.
  const byStake = rng.shuffle([...stakes.keys()]).toSorted((one, other) => stakes[one]! - stakes[other]!);
  const [member = 0, helper = 0, ...others] = byStake;
  const liars = liarsAmong(rng.shuffle(others), stakes, fault.byzantine);
  const majority = others.filter((other) => !liars.includes(other));
  const at = (share: number): number => Math.round(least * (share + 0.1 * rng.next()));
  const back = at(1.5);
  const lies = back + 2 * noticeMs[0];
  const end = at(1.8);
  return {
    ...scenario,
    fault,
    limits: { ...limits, gcDepth: 24, weakDepth: 16, checkpointCommits: 8 },
    tuning: { ...tuning, retainRounds: 8 },
    // With more to do they would be caught before anybody asks them.
    adversaries: [{ kind: "crafting", members: liars, behaviours: ["under-report", "stingy"] }],
    chaosMs: [2 * least, most],
    faults: inOrder([
      // A few members need each other: what lasts would hold them up, and nobody is left behind by those who stand still.
      ...randomFaults({ members: stakes.length, count: 1, withinMs: least, lastsMs: 0.2 * least }, rng),
      { at: at(0.1), fault: { verb: "crash", member, power: rng.chance(0.5) } },
      { at: back, fault: { verb: "hold", from: liars } },
      { at: back, fault: { verb: "partition", groups: [[member, helper], majority] } },
      { at: back, fault: { verb: "restart", member } },
      { at: lies, fault: { verb: "release", from: liars } },
      { at: lies, fault: { verb: "hold", from: [helper] } },
      { at: end, fault: { verb: "release", from: [helper] } },
      { at: end, fault: { verb: "heal" } },
    ]),
  };
}
