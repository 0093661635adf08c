// A simulated cluster to watch: virtual seconds pass as real ones, a line a second says where the replicas stand, faults are
// told when they strike, and at the end stands the verdict of every judge. The run is a scenario like any other and
// repeats with its seed.
import {
  defineScenario,
  equalStakes,
  judgeScenarioRun,
  type Scenario,
  ScenarioRun,
  type TimedFault,
} from "@quorate/sim";
import { simExit } from "./sim-exit.ts";
import type { Io } from "./verb.ts";

const SECOND = 1_000;

export interface LiveOptions {
  readonly seed: number;
  readonly members: number;
  readonly fault: { readonly crash: number; readonly byzantine: number };
  readonly seconds: number;
}

/** What goes wrong, second by second; a shorter run meets fewer of them. */
function storyOf({
  members,
  seconds,
}: LiveOptions): readonly { readonly told: string; readonly faults: readonly TimedFault[] }[] {
  const last = members - 1;
  const story = [
    {
      from: 2,
      to: 5,
      told: `member ${last} loses power`,
      begin: { verb: "crash", member: last, power: true },
      end: { verb: "restart", member: last },
    },
    {
      from: 6,
      to: 8,
      told: "member 0 is cut off from all others",
      begin: { verb: "partition", groups: [[0], others(members, 0)] },
      end: { verb: "heal" },
    },
    {
      from: 9,
      to: 11,
      told: "one frame in ten is lost",
      begin: { verb: "spoil", frames: { loss: 0.1, duplicate: 0.05, reorder: 0.2 } },
      end: { verb: "spoil" },
    },
    {
      from: 12,
      to: 14,
      told: "member 1 loses its disk",
      begin: { verb: "wipe", member: 1, restartMs: SECOND },
      end: undefined,
    },
  ] as const;
  return story
    .filter(({ to }) => to < seconds)
    .map(({ begin, end, from, told, to }) => ({
      told: `second ${from}: ${told}`,
      faults: [{ at: from * SECOND, fault: begin }, ...(end === undefined ? [] : [{ at: to * SECOND, fault: end }])],
    }));
}

const others = (members: number, one: number): number[] =>
  Array.from({ length: members }, (_, member) => member).filter((member) => member !== one);

function scenarioOf(options: LiveOptions): Scenario {
  const chaosMs = options.seconds * SECOND;
  return defineScenario({
    name: "live",
    about: "a cluster to watch",
    stakes: equalStakes(options.members),
    fault: options.fault,
    delays: { kind: "tail", base: 4, mean: 4 },
    faults: storyOf(options).flatMap(({ faults }) => faults),
    chaosMs: [chaosMs, chaosMs],
  });
}

/** Runs it, printing as it goes. `pause` waits until that much real time has passed since the beginning. */
export function runLive(options: LiveOptions, io: Io, pause: (elapsedMs: number) => void): number {
  const { fault, members, seconds, seed } = options;
  const run = new ScenarioRun(scenarioOf(options), { seed });
  const bounds =
    fault.byzantine === 0 ? `${fault.crash} may crash` : `${fault.byzantine} may lie, ${fault.crash} more may crash`;
  io.stdout(
    `A simulated cluster of ${members} equals (${bounds}), seed ${seed}. One virtual second a second; Ctrl-C ends it.\n`,
  );
  for (const { told } of storyOf(options)) io.stdout(`  ${told}\n`);
  io.stdout(`\n second  round  commits  answered  median ms   each replica: commits applied\n`);
  let answered = 0;
  let seen = 0;
  const report = (second: number): void => {
    pause(second * SECOND);
    const fresh = run.latencies.slice(seen).toSorted((left, right) => left - right);
    seen = run.latencies.length;
    const median = fresh[fresh.length >> 1];
    const replicas = run.replicas.map(({ index, running }) => (running ? String(index) : "down").padStart(6));
    const cells = [
      String(second).padStart(7),
      String(run.round).padStart(6),
      String(run.recorder.highest).padStart(8),
      `+${run.operations - answered}`.padStart(9),
      (median === undefined ? "-" : median.toFixed(0)).padStart(10),
    ];
    answered = run.operations;
    io.stdout(`${cells.join(" ")}   ${replicas.join("")}\n`);
    if (second < seconds) run.after(SECOND, () => report(second + 1));
  };
  run.after(SECOND, () => report(1));
  run.run();
  const { complaints, undecided } = judgeScenarioRun(run);
  if (complaints.length === 0 && undecided.length === 0) {
    io.stdout(
      `\n✓ all ${members} logs agree (${run.recorder.highest} commits), nothing acknowledged is lost, ${run.operations} answers are linearizable\n`,
    );
  } else {
    for (const { text } of complaints) io.stdout(`✗ ${text}\n`);
    for (const text of undecided) io.stdout(`? ${text}\n`);
    io.stdout(`replay: ${replayLive(options)}\n`);
  }
  return simExit({
    safetyBroken: complaints.some(({ kind }) => kind === "safety"),
    noProgress: complaints.some(({ kind }) => kind === "no-progress"),
    open: undecided.length > 0,
  });
}

/** The command that shows the same again. */
export function replayLive({ fault, members, seconds, seed }: LiveOptions): string {
  const { byzantine, crash } = fault;
  const shape = `--replicas ${members} --crash ${crash} --byzantine ${byzantine}`;
  return `npm run quorate -- sim --live --seed ${seed} ${shape} --for ${seconds}`;
}

/** Blocks until so much time has passed since it was made; the simulation itself never waits. */
export function realTime(): (elapsedMs: number) => void {
  const began = performance.now();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return (elapsedMs) => {
    const left = began + elapsedMs - performance.now();
    if (left > 0) Atomics.wait(cell, 0, 0, left);
  };
}
