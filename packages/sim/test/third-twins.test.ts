// Two blocks of a liar in a round are proof enough, and all that is taken of it unless somebody else's block needs another.
// Here a liar sends fresh twins round after round, each behind a child that needs it and is refused itself once the twin is
// here: if the child's word counted, the twins would all be kept.
import { expect, it } from "vitest";
import type { LyingMember } from "../src/adversary/lying-member.ts";
import { sendThirdTwins } from "../src/adversary/third-twins.ts";
import { runScenario } from "../src/run/run-scenario.ts";
import type { ScenarioRun } from "../src/run/scenario-run.ts";
import { defineScenario, equalStakes } from "../src/scenario/scenario.ts";

const MEMBERS = 4;
const LIAR = 0;
/** Twins are told in this round, and by the third after it everybody has built on both. */
const TWINS = 20;
const FLOOD_UNTIL = 80;
const TWINS_PER_ROUND = 20;
const LOOK_EVERY_MS = 1;

it("third twins that only their author's blocks need are not kept", () => {
  let kept = 0;
  const script = (run: ScenarioRun): void => {
    const [liar] = run.coalitions[0]!.members;
    let spoken = 0;
    const look = (): void => {
      while (spoken < liar!.seen.highest) speak(liar!, ++spoken);
      kept = run.world.honest.reduce((most, { disk }) => Math.max(most, disk.records), 0);
      run.after(LOOK_EVERY_MS, look);
    };
    look();
  };
  const { reasons, stats, verdict } = runScenario(
    defineScenario({
      name: "third-twins",
      about: "a liar sends fresh twins round after round, each behind a child that needs it",
      stakes: equalStakes(MEMBERS),
      fault: { crash: 0, byzantine: 1 },
      // Nothing is forgotten before the end, so that everything that was kept is there to be counted.
      limits: { gcDepth: 256, weakDepth: 32, checkpointCommits: 256 },
      tuning: { retainRounds: 256 },
      delays: { kind: "constant", ms: 5 },
      disk: { syncMs: 0.2, syncTailMs: 0.1, flushEveryMs: 10 },
      adversaries: [{ kind: "scripted", members: [LIAR], script: () => undefined }],
      chaosMs: [800, 800],
      calmMs: 200,
      script,
    }),
    { seed: 1 },
  );
  expect({ verdict, reasons }).toEqual({ verdict: "held", reasons: [] });
  expect(stats.refusals["unasked"]).toBeGreaterThan((FLOOD_UNTIL - TWINS - 5) * TWINS_PER_ROUND);
  // A block a round of each honest member, two of the liar's, and some cursors.
  expect(kept).toBeLessThan((MEMBERS + 1) * stats.rounds);
});

function speak(liar: LyingMember, round: number): void {
  if (round === TWINS) {
    const [first, ...rest] = liar.coalition.honest;
    tellTwin(liar, round, "one story", [first!]);
    tellTwin(liar, round, "and another", rest);
  } else if (round >= TWINS + 3 && round < FLOOD_UNTIL) {
    sendThirdTwins(liar, round, { count: TWINS_PER_ROUND, depth: 1, alone: true });
  }
}

function tellTwin(liar: LyingMember, round: number, story: string, to: readonly number[]): void {
  const payload = [Uint8Array.from(story, (letter) => letter.charCodeAt(0))];
  const block = liar.craft({ round, own: undefined, content: { timestamp: liar.coalition.wall, payload } });
  if (block !== undefined) liar.tell(to, [block]);
}
