// A member that comes back when everybody has forgotten what it lacks needs a state from somebody, and liars are quick to
// offer one. Chance seldom lags a member that far, so here one always does; so it does in the last seeds of the campaign.
import { decodeCursor, decodeMessage, isRejection, type Message } from "@quorate/core";
import { expect, it } from "vitest";
import { standingDigest } from "../src/adversary/false-state.ts";
import type { BehaviourName } from "../src/adversary/spec.ts";
import { runScenario } from "../src/run/run-scenario.ts";
import type { ScenarioRun } from "../src/run/scenario-run.ts";
import { randomScenario } from "../src/scenario/random-scenario.ts";
import { defineScenario, equalStakes, type Scenario } from "../src/scenario/scenario.ts";

const SEEDS = 6;
const OFFERS = ["bent cursor", "made-up cursor", "wrong pieces"];

/** A member is away for some two hundred rounds, of which the others keep about eighty; back, it hears one of the honest. */
function laggard(liars: readonly number[], behaviours: readonly BehaviourName[]): Scenario {
  const byzantine = liars.length;
  const members = 3 * byzantine + 2;
  const others = Array.from({ length: members - 2 }, (_, index) => index + 2).filter((index) => !liars.includes(index));
  const away = { verb: "crash", member: 0, power: false } as const;
  return defineScenario({
    name: "laggard among liars",
    about: "a member that lags behind everybody's memory is offered states by liars",
    stakes: equalStakes(members),
    fault: { crash: 0, byzantine },
    limits: { gcDepth: 64, weakDepth: 32, checkpointCommits: 16 },
    tuning: { retainRounds: 8 },
    delays: { kind: "even", from: 1, to: 12 },
    disk: { syncMs: 0.2, syncTailMs: 0.1, flushEveryMs: 10 },
    faults: [
      { at: 100, fault: away },
      { at: 3_000, fault: { verb: "partition", groups: [[0, 1, ...liars], others] } },
      { at: 3_000, fault: { verb: "restart", member: 0 } },
    ],
    adversaries: [{ kind: "crafting", members: liars, behaviours }],
    chaosMs: [4_500, 4_500],
    calmMs: 500,
  });
}

it("does no harm to a laggard what liars offer it for a state", () => {
  const played = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const liars = seed % 2 === 0 ? [6, 7] : [4];
    const { reasons, stats, verdict } = runScenario(laggard(liars, ["under-report", "stingy"]), { seed });
    expect({ seed, verdict, reasons }).toEqual({ seed, verdict: "held", reasons: [] });
    for (const trick of Object.keys(stats.adversaries)) played.add(trick);
  }
  // Each run asks a liar once or twice, and chance says what for: that it was asked, and not always answered alike.
  expect(OFFERS.filter((offer) => played.has(offer)).length).toBeGreaterThan(1);
});

it("leaves somebody behind in the campaign's last seeds, and liars are asked", () => {
  const seeds = Array.from({ length: 2 * SEEDS }, (_, nth) => 17_500 + nth);
  const runs = seeds.map((seed) => runScenario(randomScenario(seed), { seed }));
  expect(runs.map(({ verdict }) => verdict)).toEqual(seeds.map(() => "held"));
  expect(runs.filter(({ stats }) => stats.snapshots > 0).length).toBeGreaterThan(SEEDS);
  const played = new Set(runs.flatMap(({ stats }) => Object.keys(stats.adversaries)));
  expect(OFFERS.filter((offer) => played.has(offer)).length).toBeGreaterThan(1);
});

it("a liar that vouches for a cursor tells the digest that an honest member would", () => {
  const liar = 4;
  const scripted = { kind: "scripted", members: [liar], script: () => undefined } as const;
  const told: string[] = [];
  const expected: string[] = [];
  const script = (run: ScenarioRun): void => {
    const [member] = run.coalitions[0]!.members;
    const context = member!.context;
    const ask = (message: Message): void => member!.say([1], "blocks", message);
    run.world.seat(liar, {
      peerUp: () => undefined,
      peerDown: () => undefined,
      frame: (_, bytes) => {
        const message = decodeMessage(bytes, context);
        if (isRejection(message)) return;
        if (message.kind === "snapshot" && message.offset === 0) {
          const cursor = decodeCursor(message.cursor, context);
          if (isRejection(cursor)) throw new TypeError("an honest member's cursor does not decode");
          expected.push(standingDigest(cursor, context));
          ask({ kind: "digest-request", from: cursor.index, to: cursor.index });
        } else if (message.kind === "digests") told.push(...message.digests);
      },
    });
    run.after(1_000, () => ask({ kind: "snapshot-request", index: 0, offset: 0 }));
  };
  const { verdict } = runScenario({ ...laggard([4], []), adversaries: [scripted], faults: [], script }, { seed: 1 });
  expect(verdict).toBe("held");
  expect(told).toHaveLength(1);
  expect(told).toEqual(expected);
});
