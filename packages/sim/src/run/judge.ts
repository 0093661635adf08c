// Puts every judge to work on a finished run. Safety: one log, memory within bounds, nobody stopped by itself, and what the
// workload asks of what its clients were told. Progress: after healing everything is answered and applied everywhere.
import { DEFAULT_TUNING, type Millis } from "@quorate/core";
import { checkAgreement } from "../checkers/agreement.ts";
import { checkLiveness } from "../checkers/liveness.ts";
import { checkMemory } from "../checkers/memory.ts";
import type { Verdict } from "../checkers/types.ts";
import { type Complaint, limitsOf } from "../scenario/scenario.ts";
import { memoryBounds } from "./memory-watch.ts";
import type { ScenarioRun } from "./scenario-run.ts";

/** What is wrong, and what could not be decided. */
export interface Judgement {
  readonly complaints: readonly Complaint[];
  readonly undecided: readonly string[];
}

export function judgeRun<Reply>(run: ScenarioRun<Reply>): Judgement {
  const complaints: Complaint[] = [];
  const undecided: string[] = [];
  const take = (kind: Complaint["kind"], what: string, verdict: Verdict<unknown>): void => {
    if (verdict.kind === "violated") complaints.push({ kind, text: `${what}: ${verdict.report}` });
    if (verdict.kind === "unknown") undecided.push(`${what}: ${verdict.report}`);
  };
  const { recorder, scenario } = run;
  for (const { replica, at, reason, dump } of recorder.halts) {
    if (scenario.mayHalt?.includes(reason) === true) continue;
    const kind = reason === "spinning" ? "no-progress" : "safety";
    complaints.push({ kind, text: `replica ${replica} stopped at ${at.toFixed(3)} ms: ${reason}: ${dump}` });
  }
  for (const author of recorder.evidence.keys()) {
    // An honest member can be found guilty of nothing, whatever it goes through.
    if (run.world.processes[author] === undefined) continue;
    complaints.push({ kind: "safety", text: `honest replica ${author} was caught: ${recorder.evidence.get(author)}` });
  }
  take("safety", "agreement", checkAgreement(recorder.logs));
  run.clients.judge({
    recorder,
    replicas: run.replicas,
    told: run.toldCommands,
    clocksRight: scenario.faults.every(({ fault: { verb } }) => verb !== "skew" && verb !== "jump"),
    expiryLateMs: expiryLateMs(run),
    judgeHistories: scenario.judgeHistories,
    broken: complaints.length > 0,
    complain: (complaint) => complaints.push(complaint),
    take,
  });
  const bounds = memoryBounds(scenario.stakes.length, limitsOf(scenario), scenario.tuning);
  take("safety", "memory", checkMemory({ samples: run.memory.samples, bounds }));
  // Whoever broke agreement has nothing left to make progress on.
  if (complaints.length === 0) complaints.push(...judgeProgress(run, take));
  if (scenario.promise !== undefined) complaints.push(...scenario.promise(run));
  return { complaints, undecided };
}

/**
 * How much longer than it was lent a value may be read. No honest stamp is ahead of its clock, and no replica answers from
 * what its own clock is past; so that is how far clocks were ever apart, and how far ahead of them liars may stamp.
 */
function expiryLateMs<Reply>({ replicas, scenario }: ScenarioRun<Reply>): Millis {
  const errors = replicas.map(({ clock }) => clock.wallErrors);
  const apart = Math.max(...errors.map(({ most }) => most)) - Math.min(...errors.map(({ least }) => least));
  const { timestampAheadMsMax } = { ...DEFAULT_TUNING, ...scenario.tuning };
  return apart + (scenario.adversaries.length > 0 ? timestampAheadMsMax : 0);
}

function judgeProgress<Reply>(
  run: ScenarioRun<Reply>,
  take: (kind: Complaint["kind"], what: string, verdict: Verdict<unknown>) => void,
): readonly Complaint[] {
  const { recorder, replicas, scenario } = run;
  const standing = replicas.filter(({ running }) => running);
  take(
    "no-progress",
    "liveness",
    checkLiveness({
      healedAt: run.movesFrom,
      bound: scenario.boundMs,
      endedAt: run.now,
      submitted: [...run.submitted].map(([command, at]) => ({ command, at })),
      replicas: standing.map(({ self }) => ({ replica: self, applied: recorder.appliedAt(self) })),
    }),
  );
  if (run.quietAt !== undefined) return [];
  const stands = replicas.map((process) => {
    const status = process.replica?.status();
    const where = status === undefined ? "down" : `${status.mode}, round ${status.round}, own ${status.ownRound}`;
    return `${process.self}: commit ${process.index} (${where})`;
  });
  const text = `not quiet ${scenario.boundMs} ms after ${run.movesFrom.toFixed(0)} ms: ${run.waiting} operations without an answer; ${stands.join("; ")}`;
  return [{ kind: "no-progress", text }];
}
