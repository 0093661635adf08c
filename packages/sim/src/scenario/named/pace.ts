// Lateness: blocks that come late or too late, members that prune differently, join in the middle, or stand alone; and
// clusters cut in halves.
import { ConfigurationError, type FaultBounds } from "@quorate/core";
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import { createRng } from "../../rng.ts";
import { randomFaults } from "../random-faults.ts";
import { committeeOf, defineScenario, equalStakes, type Scenario } from "../scenario.ts";
import { expectNote, expectThat } from "./expect.ts";

const SMALL_LIMITS = { gcDepth: 32, weakDepth: 16, checkpointCommits: 16 };

const lateOnce: Scenario = defineScenario({
  name: "late-block-once",
  about: "what one member sends reaches the others ten rounds late: every command is ordered once, everywhere alike",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  workload: { ...DEFAULT_WORKLOAD, clients: 10, rawShare: 0.7, thinkMs: 1 },
  faults: [300, 900, 1_500, 2_100].flatMap((at, nth) => [
    { at, fault: { verb: "hold" as const, from: [nth] } },
    { at: at + 130, fault: { verb: "release" as const, from: [nth] } },
  ]),
  chaosMs: [3_000, 20_000],
  rounds: 150,
});

const belowHorizon: Scenario = defineScenario({
  name: "below-horizon",
  about: "a member's blocks come so late that nobody may order them: its commands are proposed again, or given back",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  limits: SMALL_LIMITS,
  tuning: { retainRounds: 8 },
  workload: { ...DEFAULT_WORKLOAD, clients: 10, thinkMs: 1, patienceMs: 1_500 },
  faults: [
    { at: 300, fault: { verb: "hold", from: [4] } },
    { at: 1_300, fault: { verb: "release", from: [4] } },
    { at: 1_800, fault: { verb: "hold", from: [1] } },
    { at: 2_900, fault: { verb: "release", from: [1] } },
  ],
  chaosMs: [3_600, 20_000],
  rounds: 150,
});

const uneven: Scenario = defineScenario({
  name: "uneven-retention",
  about: "members forget at different depths, die and come back: the outputs are the same",
  stakes: equalStakes(4),
  fault: { crash: 1, byzantine: 0 },
  limits: SMALL_LIMITS,
  tuningOf: (member) => ({ retainRounds: [1, 8, 64, 256][member] ?? 8 }),
  faults: [400, 900, 1_400, 1_900, 2_400].map((at, nth) => ({
    at,
    fault: { verb: "crash-at" as const, member: nth % 4, point: 7 * nth + 1, restartMs: 200 },
  })),
  chaosMs: [3_000, 20_000],
  rounds: 250,
});

const snapshot: Scenario = defineScenario({
  name: "snapshot-mid-flight",
  about: "a member that was away for longer than anybody remembers joins by a snapshot, in the middle of the load",
  stakes: equalStakes(4),
  fault: { crash: 1, byzantine: 0 },
  limits: SMALL_LIMITS,
  tuning: { retainRounds: 8 },
  workload: { ...DEFAULT_WORKLOAD, clients: 6, thinkMs: 1 },
  faults: [
    { at: 200, fault: { verb: "crash", member: 3, power: false } },
    { at: 3_000, fault: { verb: "restart", member: 3 } },
  ],
  chaosMs: [4_000, 20_000],
  rounds: 250,
  promise: (run) => expectThat(run.recorder.restores >= 1, "no-progress", "no snapshot was fetched"),
});

const heavy: Scenario = defineScenario({
  name: "supermajority-clock",
  about: "one member holds the stake of a quorum: with the others gone it goes on by itself, also after a restart",
  stakes: [4, 1, 1],
  fault: { crash: 2, byzantine: 0 },
  workload: { ...DEFAULT_WORKLOAD, clients: 3, patienceMs: 150 },
  faults: [
    { at: 500, fault: { verb: "crash", member: 1, power: false } },
    { at: 500, fault: { verb: "crash", member: 2, power: true } },
    { at: 1_500, fault: { verb: "crash", member: 0, power: false } },
    { at: 1_700, fault: { verb: "restart", member: 0 } },
    { at: 3_500, fault: { verb: "restart", member: 1 } },
    { at: 3_500, fault: { verb: "restart", member: 2 } },
  ],
  chaosMs: [4_500, 4_500],
  script: (run) => {
    run.after(700, () => run.note("commits with two down", -run.recorder.highest));
    run.after(1_400, () =>
      run.note("commits with two down", run.recorder.highest + (run.notes.get("commits with two down") ?? 0)),
    );
    run.after(2_500, () => run.note("commits after its restart", -run.recorder.highest));
    run.after(3_400, () =>
      run.note("commits after its restart", run.recorder.highest + (run.notes.get("commits after its restart") ?? 0)),
    );
  },
  promise: (run) => [
    ...expectNote(run, "commits with two down", { least: 10 }),
    ...expectNote(run, "commits after its restart", { least: 10 }),
  ],
});

const halves: Scenario = defineScenario({
  name: "split-in-halves",
  about: "four members are cut two and two for half a minute: no half commits, and all goes on within four rounds",
  stakes: equalStakes(4),
  fault: { crash: 1, byzantine: 0 },
  workload: { ...DEFAULT_WORKLOAD, clients: 4, thinkMs: 20 },
  faults: [
    {
      at: 1_000,
      fault: {
        verb: "partition",
        groups: [
          [0, 1],
          [2, 3],
        ],
      },
    },
    { at: 31_000, fault: { verb: "heal" } },
  ],
  chaosMs: [36_000, 36_000],
  script: (run) => {
    run.after(1_500, () => run.note("commits by then", run.recorder.highest));
    run.after(30_990, () => {
      run.note("commits while cut", run.recorder.highest - (run.notes.get("commits by then") ?? 0));
      run.note("round at healing", Math.max(...run.replicas.map(({ replica }) => replica?.status().round ?? 0)));
    });
    run.after(36_000, () => {
      const first = run.recorder.commitTimes.findIndex(({ at }) => at > run.clientsAt + 31_000);
      const commit = run.recorder.commitTimes[first];
      if (commit === undefined) return;
      run.note("back after, in ms", commit.at - run.clientsAt - 31_000);
      run.note("rounds to the first commit", commit.round - (run.notes.get("round at healing") ?? 0));
    });
  },
  promise: (run) => [
    ...expectNote(run, "commits while cut", { most: 0 }),
    ...expectNote(run, "rounds to the first commit", { most: 4 }),
    ...expectNote(run, "back after, in ms", { most: 1_500 }),
  ],
});

const staleRead: Scenario = defineScenario({
  name: "stale-read",
  about: "readers at members that were cut off, paused and restarted never see an old value",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  workload: {
    ...DEFAULT_WORKLOAD,
    clients: 8,
    keys: 1,
    thinkMs: 2,
    roam: 0.5,
    mix: { read: 6, write: 3, cas: 0, append: 0, list: 0, txn: 0, lend: 0 },
  },
  faults: Array.from({ length: 8 }, (_, nth) => nth).flatMap((nth) => [
    {
      at: 200 + nth * 500,
      fault: {
        verb: "partition" as const,
        groups: [
          [nth % 5, (nth + 1) % 5],
          [(nth + 2) % 5, (nth + 3) % 5, (nth + 4) % 5],
        ],
      },
    },
    { at: 350 + nth * 500, fault: { verb: "pause" as const, member: (nth + 2) % 5 } },
    { at: 450 + nth * 500, fault: { verb: "heal" as const } },
    { at: 500 + nth * 500, fault: { verb: "resume" as const, member: (nth + 2) % 5 } },
    { at: 560 + nth * 500, fault: { verb: "crash-at" as const, member: nth % 5, point: 5, restartMs: 30 } },
  ]),
  chaosMs: [4_500, 20_000],
});

const mix: Scenario = defineScenario({
  name: "jepsen-mix",
  about: "registers, lists and transactions while processes are killed, paused, cut off and misled by clocks and disks",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  limits: { gcDepth: 128, weakDepth: 64, checkpointCommits: 64 },
  workload: { ...DEFAULT_WORKLOAD, clients: 8, thinkMs: 10 },
  faults: randomFaults({ members: 5, count: 40, withinMs: 18_000, lastsMs: 1_500 }, createRng("jepsen-mix")),
  chaosMs: [20_000, 60_000],
});

/** Bounds that break an inequality, and how many members they are asked of. */
const REFUSED: readonly { readonly members: number; readonly fault: FaultBounds }[] = [
  { members: 2, fault: { crash: 1, byzantine: 0 } },
  { members: 4, fault: { crash: 2, byzantine: 0 } },
  { members: 3, fault: { crash: 0, byzantine: 1 } },
  { members: 6, fault: { crash: 0, byzantine: 2 } },
  { members: 5, fault: { crash: 1, byzantine: 1 } },
];

const refused: Scenario = defineScenario({
  name: "bounds-refused",
  about: "fault bounds that no quorum can keep are refused before anything starts",
  promise: () =>
    REFUSED.flatMap(({ members, fault }) => {
      try {
        committeeOf({ stakes: equalStakes(members), fault });
        return [{ kind: "safety" as const, text: `${members} members were let off with ${JSON.stringify(fault)}` }];
      } catch (error) {
        if (error instanceof ConfigurationError) return [];
        throw error;
      }
    }),
});

export const PACE: readonly Scenario[] = [
  heavy,
  lateOnce,
  belowHorizon,
  uneven,
  snapshot,
  halves,
  staleRead,
  mix,
  refused,
];
