// Two blocks of a liar in a round are proof enough, and all that is taken of it unless somebody else's block needs another.
// Here liars send fresh twins round after round, each behind a child that needs it and is refused itself once the twin is
// here; two of them let their blocks need each other's, all the way down. If their word counted, all would be kept.
import { expect, it } from "vitest";
import type { LyingMember } from "../src/adversary/lying-member.ts";
import { sendThirdTwins } from "../src/adversary/third-twins.ts";
import { runScenario } from "../src/run/run-scenario.ts";
import type { ScenarioRun } from "../src/run/scenario-run.ts";
import { defineScenario, equalStakes } from "../src/scenario/scenario.ts";

const FROM_ROUND = 20;
const ROUNDS = 60;
const LOOK_EVERY_MS = 1;

it.each([
  ["alone", 1, { count: 20, depth: 1, alone: true }],
  ["through each other's blocks", 2, { count: 2, depth: 18, alone: false }],
])("third twins are not kept: %s", (_, byzantine, size) => {
  const members = 3 * byzantine + 1;
  const liars = Array.from({ length: byzantine }, (_unused, index) => index);
  let records = 0;
  const script = (run: ScenarioRun): void => {
    const speakers = run.coalitions[0]!.members;
    let spoken = 0;
    const look = (): void => {
      for (let round = Math.max(spoken + 1, 1); round <= speakers[0]!.seen.highest; round++) {
        spoken = round;
        for (const liar of speakers) speak(liar, round);
      }
      records = run.world.honest.reduce((most, { disk }) => Math.max(most, disk.records), 0);
      run.after(LOOK_EVERY_MS, look);
    };
    const speak = (liar: LyingMember, round: number): void => {
      if (round === FROM_ROUND && byzantine === 1)
        for (const story of ["one story", "and another"]) tellTwin(liar, round, story);
      if (round > FROM_ROUND + 2 && round < FROM_ROUND + ROUNDS) {
        sendThirdTwins(liar, round, size);
      }
    };
    look();
  };
  const { reasons, stats, verdict } = runScenario(
    defineScenario({
      name: "third twins",
      about: "liars send fresh twins round after round, each with a child before it that needs it",
      stakes: equalStakes(members),
      fault: { crash: 0, byzantine },
      limits: { gcDepth: 256, weakDepth: 32, checkpointCommits: 256 },
      tuning: { retainRounds: 256 },
      delays: { kind: "constant", ms: 5 },
      disk: { syncMs: 0.2, syncTailMs: 0.1, flushEveryMs: 10 },
      adversaries: [{ kind: "scripted", members: liars, script: () => undefined }],
      chaosMs: [1_500, 1_500],
      calmMs: 200,
      script,
    }),
    { seed: 1 },
  );
  expect({ verdict, reasons }).toEqual({ verdict: "held", reasons: [] });
  expect(records).toBeLessThan((members + 1) * stats.rounds);
});

function tellTwin(liar: LyingMember, round: number, story: string): void {
  const payload = [Uint8Array.from(story, (letter) => letter.charCodeAt(0))];
  const block = liar.craft({ round, own: undefined, content: { timestamp: liar.coalition.wall, payload } });
  const [first, second] = [liar.coalition.honest.slice(1), liar.coalition.honest.slice(0, 1)];
  if (block !== undefined) liar.tell(story === "one story" ? first! : second!, [block]);
}
