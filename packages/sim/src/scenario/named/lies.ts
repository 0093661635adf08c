// Members that lie, one trick at a time.

import type { BehaviourName } from "../../adversary/spec.ts";
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import type { Fault } from "../../fault/fault.ts";
import type { ScenarioRun } from "../../run/scenario-run.ts";
import { type Complaint, defineScenario, equalStakes, type Scenario } from "../scenario.ts";
import { expectNote, expectThat } from "./expect.ts";

/** Four members, one of which plays these tricks. */
function trick(
  name: string,
  about: string,
  behaviours: readonly BehaviourName[],
  promise?: (run: ScenarioRun) => readonly Complaint[],
): Scenario {
  return defineScenario({
    name,
    about,
    stakes: equalStakes(4),
    fault: { crash: 0, byzantine: 1 },
    // Small depths: what a liar makes others keep must show against them.
    limits: { gcDepth: 64, weakDepth: 32, checkpointCommits: 64 },
    tuning: { retainRounds: 16 },
    workload: { ...DEFAULT_WORKLOAD, thinkMs: 2 },
    adversaries: [{ kind: "crafting", members: [3], behaviours }],
    chaosMs: [4_000, 30_000],
    rounds: 200,
    operations: 200,
    promise: (run) => [...(promise?.(run) ?? []), ...latencyWithin(run, 400)],
  });
}

/** No honest client may wait long because of a liar. */
function latencyWithin(run: ScenarioRun, mostMs: number): readonly Complaint[] {
  const sorted = run.latencies.toSorted((left, right) => left - right);
  const p99 = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
  return expectThat(
    p99 <= mostMs,
    "no-progress",
    `99 of 100 operations took up to ${p99.toFixed(1)} ms, not ${mostMs}`,
  );
}

const withholding = trick(
  "withholding-anchor",
  "a member tells its block to one too few, or to just so many that the others must fetch it",
  ["withhold"],
);

const chainBomb = trick("chain-bomb", "a member builds chains in private and lets go of them all at once", [
  "chain-bomb",
]);

const equivocating = trick("equivocating-chains", "a member tells each half of the others a story of its own", [
  "equivocate",
  "vote-both",
]);

const tiedTwins: Scenario = {
  ...trick("tied-twins", "both of a member's two blocks have votes enough for a link: all settle on the same one", [
    "equivocate",
  ]),
  stakes: equalStakes(5),
};

const farFuture = trick(
  "far-future-flood",
  "a member sends blocks a million rounds ahead, forged blocks, replays and garbage",
  ["far-future", "forge", "replay", "garbage"],
  (run) =>
    expectThat(
      (run.recorder.refusals.get("too-far-ahead") ?? 0) > 0,
      "no-progress",
      "nothing was ever refused as too far ahead",
    ),
);

const poisoned = trick(
  "poisoned-stamps",
  "a member stamps its blocks with the end of time: log time stays with the honest",
  ["poison-time"],
  (run) =>
    expectThat(
      run.recorder.logTimeAheadMs <= 500,
      "safety",
      `log time was ${run.recorder.logTimeAheadMs} ms ahead of every honest clock`,
    ),
);

const falseVotes = trick(
  "false-votes",
  "a member votes for commits that nobody made, and boasts of rounds that nobody reached",
  ["lie-votes", "under-report"],
);

const twins: Scenario = defineScenario({
  name: "twins",
  about: "a member runs twice under one name, and each of the two talks to its own part of the cluster",
  stakes: equalStakes(7),
  fault: { crash: 0, byzantine: 2 },
  workload: { ...DEFAULT_WORKLOAD, thinkMs: 2 },
  adversaries: [{ kind: "twins", members: [2, 5] }],
  chaosMs: [3_000, 30_000],
  rounds: 200,
});

/** What all say in so many rounds is a megabyte; being sent the liar's chains again and again was sixteen. */
const FORKED_BYTES_MAX = 2_000_000;

const forkedChain: Scenario = defineScenario({
  name: "forked-chain",
  about: "a liar's forked chains wait at the honest for parents that nobody hands over: they are not asked for again",
  stakes: equalStakes(4),
  fault: { crash: 0, byzantine: 1 },
  delays: { kind: "constant", ms: 10 },
  adversaries: [{ kind: "twins", members: [3] }],
  chaosMs: [3_000, 30_000],
  rounds: 200,
  promise: ({ world }) =>
    expectThat(
      world.network.bytes <= FORKED_BYTES_MAX,
      "no-progress",
      `${world.network.bytes} bytes were sent, not ${FORKED_BYTES_MAX} at most`,
    ),
});

/** Where the others' judgement of the twins' chains lies just above the horizon. */
const JUDGED_HORIZON = 6;

/** Members 3 and 6 lie, and this is what happens to the others as soon as their horizon is there. */
function judgedLongAgo(
  parts: Pick<Scenario, "name" | "about" | "stakes" | "fault">,
  faults: readonly Fault[],
): Scenario {
  return defineScenario({
    ...parts,
    limits: { gcDepth: 64, weakDepth: 32, checkpointCommits: 16 },
    tuning: { retainRounds: 8 },
    adversaries: [{ kind: "twins", members: [3, 6] }],
    chaosMs: [2_000, 10_000],
    rounds: 120,
    script: (run) => {
      const look = (): void => {
        if ((run.world.processes[4]?.replica?.status().horizon ?? 0) < JUDGED_HORIZON) run.after(1, look);
        else for (const fault of faults) run.nemesis.apply(fault);
      };
      look();
    },
  });
}

export const oldChain: Scenario = judgedLongAgo(
  {
    name: "old-chain",
    about:
      "liars hand a member that restarts a chain that the others refused before its log begins: it builds on none of it",
    stakes: equalStakes(7),
    fault: { crash: 0, byzantine: 2 },
  },
  [{ verb: "crash-at", member: 4, point: 0, restartMs: 50 }],
);

export const forgottenBranch: Scenario = judgedLongAgo(
  {
    name: "forgotten-branch",
    about: "a laggard has the newest blocks of liars, and waits for others of theirs that nobody holds any more",
    stakes: equalStakes(9),
    fault: { crash: 1, byzantine: 2 },
  },
  [
    { verb: "crash", member: 8, power: false },
    { verb: "wipe", member: 4, restartMs: 50 },
  ],
);

/** Honest members that are held up in turns must not be left behind by those that jump. */
const rotatingJumps: Scenario = defineScenario({
  name: "rotating-jumps",
  about: "the network delays another part of the honest in every round, and the liars fill the quorum",
  stakes: equalStakes(10),
  fault: { crash: 0, byzantine: 3 },
  workload: { ...DEFAULT_WORKLOAD, clients: 3 },
  adversaries: [{ kind: "crafting", members: [7, 8, 9], behaviours: ["withhold"] }],
  chaosMs: [4_000, 4_000],
  calmMs: 100,
  script: (run) => {
    const turn = (nth: number): void => {
      const held = [0, 1].map((step) => (nth * 2 + step) % 7);
      const { network } = run.world;
      for (const from of held) for (let to = 0; to < 7; to++) if (to !== from) network.hold(from, to);
      run.after(25, () => {
        for (const from of held) for (let to = 0; to < 7; to++) if (to !== from) network.release(from, to);
        if (run.now < run.clientsAt + 3_900) turn(nth + 1);
      });
    };
    turn(0);
    run.after(3_900, () => run.note("operations under the scheduler", run.operations));
  },
  promise: (run) => expectNote(run, "operations under the scheduler", { least: 20 }),
});

export const LIES: readonly Scenario[] = [
  withholding,
  chainBomb,
  equivocating,
  tiedTwins,
  farFuture,
  poisoned,
  falseVotes,
  twins,
  forkedChain,
  oldChain,
  forgottenBranch,
  rotatingJumps,
];
