// Idle clusters are silent, and wake up at once. Delays are constant and disks take no time, so that waits can be counted
// in one-way delays.
import { DEFAULT_WORKLOAD } from "../../client/workload.ts";
import type { ScenarioRun } from "../../run/scenario-run.ts";
import { toyWords } from "../../toy/toy-reply.ts";
import { defineScenario, equalStakes, type Scenario } from "../scenario.ts";
import { expectNote, expectThat } from "./expect.ts";

const DELTA_MS = 10;
const NO_CLIENTS = { ...DEFAULT_WORKLOAD, clients: 0 };
const INSTANT_DISK = { syncMs: 0, syncTailMs: 0, flushEveryMs: 50 };
const KEEP_ALIVE_MS = 1_000;

/** A command at a member, and how many one-way delays it took until that member and until everybody had applied it. */
function timeCommand(run: ScenarioRun, member: number, name: string): void {
  const from = run.now;
  const roundBefore = run.world.processes[member]?.replica?.status().round ?? 0;
  run.submit(member, toyWords(["write", name, 1]), () => run.note(`${name}: waker, in δ`, (run.now - from) / DELTA_MS));
  run.after(20 * DELTA_MS, () => {
    const times = run.replicas.map(({ self }) => run.recorder.appliedAt(self).get(`write ${name} 1`));
    if (times.every((time) => time !== undefined)) {
      run.note(`${name}: all, in δ`, (Math.max(...times.map((time) => time ?? 0)) - from) / DELTA_MS);
    }
    run.note(`${name}: rounds`, (run.world.processes[member]?.replica?.status().round ?? 0) - roundBefore);
  });
}

const idle: Scenario = defineScenario({
  name: "idle-silence",
  about: "a cluster of three says nothing but keep-alives for a minute, and answers a command two delays after it came",
  disk: INSTANT_DISK,
  workload: NO_CLIENTS,
  tuning: { keepAliveMs: KEEP_ALIVE_MS },
  chaosMs: [65_000, 65_000],
  script: (run) => {
    run.after(500, () => timeCommand(run, 0, "first"));
    run.after(2_000, () => {
      const { frames } = run.world.network;
      const rounds = run.replicas.map(({ replica }) => replica?.status().round);
      run.after(60_000, () => {
        run.note("frames while idle", run.world.network.frames - frames);
        run.note(
          "rounds while idle",
          run.replicas.filter(({ replica }, index) => replica?.status().round !== rounds[index]).length,
        );
        timeCommand(run, 1, "second");
      });
    });
  },
  promise: (run) => [
    ...expectNote(run, "rounds while idle", { most: 0 }),
    // Two for each pair and keep-alive.
    ...expectNote(run, "frames while idle", { most: (60_000 / KEEP_ALIVE_MS + 1) * 6 }),
    ...["first", "second"].flatMap((name) => [
      ...expectNote(run, `${name}: waker, in δ`, { most: 2.01 }),
      ...expectNote(run, `${name}: all, in δ`, { most: 3.01 }),
      ...expectNote(run, `${name}: rounds`, { most: 3 }),
    ]),
  ],
});

const idleFive: Scenario = defineScenario({
  name: "idle-wake-of-five",
  about: "an isolated command at five silent members is applied everywhere three delays after it came",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  disk: INSTANT_DISK,
  workload: NO_CLIENTS,
  script: (run) => run.after(500, () => timeCommand(run, 3, "only")),
  promise: (run) => [
    ...expectNote(run, "only: waker, in δ", { most: 3.01 }),
    ...expectNote(run, "only: all, in δ", { most: 3.01 }),
    ...expectNote(run, "only: rounds", { most: 3 }),
  ],
});

const lostWakeup: Scenario = defineScenario({
  name: "lost-wakeup",
  about:
    "the first frames of a waking member are lost, and later its links are reset: its command commits all the same",
  disk: INSTANT_DISK,
  workload: NO_CLIENTS,
  chaosMs: [8_000, 8_000],
  faults: [
    { at: 999, fault: { verb: "mute", member: 0 } },
    { at: 1_040, fault: { verb: "unmute", member: 0 } },
    { at: 3_999, fault: { verb: "partition", groups: [[0], [1, 2]] } },
    { at: 5_500, fault: { verb: "heal" } },
  ],
  script: (run) => {
    run.after(1_000, () => run.submit(0, toyWords(["write", "muted", 1]), () => run.note("muted", run.now)));
    run.after(4_000, () => run.submit(0, toyWords(["write", "reset", 1]), () => run.note("reset", run.now)));
  },
  promise: (run) => [
    ...expectNote(run, "muted", { most: run.clientsAt + 1_500 }),
    ...expectNote(run, "reset", { most: run.clientsAt + 6_500 }),
  ],
});

const straggler: Scenario = defineScenario({
  name: "straggler-when-idle",
  about: "a member misses a burst and comes back when all is idle: it catches up without making others work",
  disk: INSTANT_DISK,
  workload: NO_CLIENTS,
  chaosMs: [8_000, 8_000],
  faults: [
    { at: 500, fault: { verb: "partition", groups: [[2], [0, 1]] } },
    { at: 4_000, fault: { verb: "heal" } },
  ],
  script: (run) => {
    for (let burst = 0; burst < 20; burst++) {
      run.after(1_500 + burst * 20, () => run.submit(burst % 2, toyWords(["write", "burst", burst])));
    }
    run.after(3_900, () => run.note("round before", run.world.processes[0]?.replica?.status().round ?? 0));
    run.after(7_500, () => {
      run.note("lag", (run.world.processes[0]?.index ?? 0) - (run.world.processes[2]?.index ?? 0));
      run.note(
        "rounds after",
        (run.world.processes[0]?.replica?.status().round ?? 0) - (run.notes.get("round before") ?? 0),
      );
    });
  },
  promise: (run) => [...expectNote(run, "lag", { least: 0, most: 0 }), ...expectNote(run, "rounds after", { most: 2 })],
});

const simultaneous: Scenario = defineScenario({
  name: "simultaneous-wake",
  about: "all members wake in the same moment and share the rounds that they open",
  stakes: equalStakes(5),
  fault: { crash: 2, byzantine: 0 },
  disk: INSTANT_DISK,
  workload: NO_CLIENTS,
  script: (run) =>
    run.after(1_000, () => {
      const before = run.round;
      let answered = 0;
      for (const { self } of run.replicas) {
        run.submit(self, toyWords(["write", `from${self}`, self]), () => {
          answered += 1;
          run.note("answered", answered);
        });
      }
      run.after(500, () => run.note("rounds", (run.world.processes[0]?.replica?.status().round ?? 0) - before));
    }),
  promise: (run) => [
    ...expectNote(run, "answered", { least: 5, most: 5 }),
    ...expectNote(run, "rounds", { most: 3 }),
    ...expectThat(run.recorder.halts.length === 0, "safety", "somebody stopped"),
  ],
});

export const IDLE: readonly Scenario[] = [idle, idleFive, lostWakeup, straggler, simultaneous];
