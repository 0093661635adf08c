// What a disk promises and what it does not: deaths at every order-sensitive point, power lost everywhere, and members that
// come back without their disk.
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import type { TimedFault } from "../../fault/fault.ts";
import { toyWords } from "../../toy/toy-reply.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario.ts";
import { expectNote } from "./expect.ts";

const SLOW_DISK = { syncMs: 4, syncTailMs: 4, flushEveryMs: 20 };

/** One death after another, each one crash point further on, round the members. */
function deathsAtEveryPoint(members: number, count: number): readonly TimedFault[] {
  return Array.from({ length: count }, (_, nth) => ({
    at: 60 * nth,
    fault: { verb: "crash-at", member: nth % members, point: 1 + Math.floor(nth / members), restartMs: 15 },
  }));
}

const crashPoints: Scenario = defineScenario({
  name: "crash-points",
  about: "processes die at each crash point in turn, between appending, syncing, sending, committing and flushing",
  disk: SLOW_DISK,
  workload: { ...DEFAULT_WORKLOAD, clients: 6 },
  faults: deathsAtEveryPoint(3, 150),
  chaosMs: [9_500, 20_000],
});

const crashPointsUnderLies: Scenario = defineScenario({
  name: "crash-points-signed",
  about:
    "the same where blocks are signed and a member may lie: nobody honest is ever caught with two blocks in a round",
  stakes: equalStakes(4),
  fault: { crash: 0, byzantine: 1 },
  disk: SLOW_DISK,
  faults: deathsAtEveryPoint(4, 150),
  chaosMs: [9_500, 20_000],
});

const powerLoss: Scenario = defineScenario({
  name: "power-loss",
  about: "power fails everywhere, six times, while clients write: what was acknowledged is still there",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  disk: SLOW_DISK,
  workload: { ...DEFAULT_WORKLOAD, clients: 6, thinkMs: 1 },
  faults: [300, 900, 1_500, 2_300, 2_350, 3_100].map((at) => ({ at, fault: { verb: "blackout", restartMs: 40 } })),
  chaosMs: [4_000, 20_000],
  rounds: 100,
});

const amnesiaOfThree: Scenario = defineScenario({
  name: "amnesia-of-three",
  about:
    "one of three acknowledges a write, its only voter loses its disk, and it goes away: the other two wait for it",
  disk: { syncMs: 0, syncTailMs: 0, flushEveryMs: 50 },
  workload: { ...DEFAULT_WORKLOAD, clients: 0 },
  chaosMs: [9_000, 9_000],
  faults: [
    // The third hears of nothing, and nobody notices.
    { at: 500, fault: { verb: "hold", from: [0, 1, 2] } },
    { at: 500, fault: { verb: "release", from: [0, 1] } },
    { at: 990, fault: { verb: "cut", from: [0, 1], to: [2] } },
    { at: 1_200, fault: { verb: "crash", member: 0, power: false } },
    { at: 1_210, fault: { verb: "wipe", member: 1, restartMs: 50 } },
    { at: 1_400, fault: { verb: "heal" } },
    { at: 1_400, fault: { verb: "release", from: [2] } },
    { at: 6_000, fault: { verb: "restart", member: 0 } },
  ],
  script: (run) => {
    run.after(1_000, () =>
      run.submit(0, toyWords(["write", "x", 1]), () => run.note("acknowledged at", run.now - run.clientsAt)),
    );
    run.after(2_000, () =>
      run.submit(2, toyWords(["write", "y", 1]), () => run.note("second history at", run.now - run.clientsAt)),
    );
    run.after(5_900, () => run.note("still recovering", run.world.processes[1]?.mode === "recovering" ? 1 : 0));
    run.after(8_900, () => run.note("recovered", run.world.processes[1]?.mode === "normal" ? 1 : 0));
  },
  promise: (run) => [
    ...expectNote(run, "acknowledged at", { most: 1_200 }),
    ...expectNote(run, "still recovering", { least: 1 }),
    ...expectNote(run, "recovered", { least: 1 }),
    ...(run.notes.has("second history at") ? expectNote(run, "second history at", { least: 6_000 }) : []),
    ...(run.recorder.applied.some(({ command }) => command === "write x 1")
      ? []
      : [{ kind: "safety" as const, text: "the acknowledged write is lost" }]),
  ],
});

const amnesiaUnderLies: Scenario = defineScenario({
  name: "amnesia-under-lies",
  about: "a member loses its disk while another one under-reports and a third knows little: no round is signed twice",
  stakes: equalStakes(6),
  fault: { crash: 1, byzantine: 1 },
  adversaries: [{ kind: "crafting", members: [5], behaviours: ["under-report"] }],
  faults: [600, 1_600, 2_600, 3_600].flatMap((at, nth): TimedFault[] => [
    { at: at - 80, fault: { verb: "cut", from: [nth % 5], to: [(nth + 2) % 5] } },
    { at, fault: { verb: "wipe", member: nth % 5, restartMs: 100 } },
    { at: at + 500, fault: { verb: "heal" } },
  ]),
  chaosMs: [5_000, 20_000],
});

/** A member is cut off, two others go on, and one of these loses its disk before the first is back; round and round. */
const amnesiaStorm: Scenario = defineScenario({
  name: "amnesia-storm",
  about: "disks are lost one after another while links are cut and processes die: nobody forgets what it said",
  disk: { syncMs: 4, syncTailMs: 8, flushEveryMs: 20 },
  workload: { ...DEFAULT_WORKLOAD, clients: 5, thinkMs: 30 },
  faults: Array.from({ length: 24 }, (_, nth) => nth).flatMap((nth): TimedFault[] => {
    const at = 200 + nth * 500;
    const [away, lost, dead] = [nth % 3, (nth + 1) % 3, (nth + 2) % 3] as const;
    return [
      { at, fault: { verb: "hold", from: [away] } },
      { at: at + 7 * (nth % 11), fault: { verb: "wipe", member: lost, restartMs: 1 + 3 * (nth % 7) } },
      { at: at + 7 * (nth % 11) + 1, fault: { verb: "crash", member: dead, power: false } },
      { at: at + 90, fault: { verb: "release", from: [away] } },
      { at: at + 330, fault: { verb: "restart", member: dead } },
    ];
  }),
  chaosMs: [12_500, 30_000],
});

const amnesiaOnFullDisk: Scenario = defineScenario({
  name: "amnesia-on-a-full-disk",
  about: "a disk is lost and the new one is full, so that not even the loss can be written down: it is not forgotten",
  stakes: equalStakes(6),
  fault: { crash: 1, byzantine: 1 },
  workload: { ...DEFAULT_WORKLOAD, clients: 3 },
  faults: [
    { at: 500, fault: { verb: "fill", member: 0, restartMs: 600 } },
    { at: 500, fault: { verb: "wipe", member: 0, restartMs: 200 } },
  ],
  chaosMs: [3_000, 20_000],
  script: (run) => {
    run.after(2_900, () => {
      run.note("starts without its past", run.recorder.starts.amnesia);
      run.note("recovered", run.world.processes[0]?.mode === "normal" ? 1 : 0);
    });
  },
  promise: (run) => [
    ...expectNote(run, "starts without its past", { least: 2 }),
    ...expectNote(run, "recovered", { least: 1 }),
  ],
});

export const DURABILITY: readonly Scenario[] = [
  crashPoints,
  crashPointsUnderLies,
  powerLoss,
  amnesiaOfThree,
  amnesiaUnderLies,
  amnesiaStorm,
  amnesiaOnFullDisk,
];
