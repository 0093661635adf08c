// Puts every judge to work on a finished run. Safety: one log, nothing acknowledged lost, nothing done twice, histories
// that some one machine could have given, memory within bounds, nobody stopped by itself. Progress: after healing everything
// is answered and applied everywhere.
import { checkAgreement } from "../checkers/agreement.ts";
import { checkDurability } from "../checkers/durability.ts";
import { judgeLinearizable } from "../checkers/linearizable.ts";
import { checkLiveness } from "../checkers/liveness.ts";
import { checkMemory } from "../checkers/memory.ts";
import { judgeSerializable } from "../checkers/serializable.ts";
import type { Verdict } from "../checkers/types.ts";
import { LENT } from "../client/workload.ts";
import { pairOperations } from "../history/operation.ts";
import { type Complaint, limitsOf } from "../scenario/scenario.ts";
import { checkExpiry } from "./judge-expiry.ts";
import { memoryBounds } from "./memory-watch.ts";
import type { ScenarioRun } from "./scenario-run.ts";

/** What is wrong, and what could not be decided. */
export interface Judgement {
  readonly complaints: readonly Complaint[];
  readonly undecided: readonly string[];
}

export function judgeRun(run: ScenarioRun): Judgement {
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
  complaints.push(...judgeRepetitions(run));
  take("safety", "agreement", checkAgreement(recorder.logs));
  take("safety", "durability", checkDurability({ told: run.toldCommands, applied: recorder.applied }));
  // Where the logs differ the histories must, and the search for the smallest part of them that is wrong tells nothing new.
  if (scenario.judgeHistories && complaints.length === 0) {
    const operations = pairOperations(run.history.events);
    const lent = operations.filter(({ key }) => key.startsWith(LENT));
    const kept = operations.filter(({ key }) => !key.startsWith(LENT));
    take("safety", "linearizability", judgeLinearizable(kept.filter(({ f }) => f !== "txn")));
    take("safety", "serializability", judgeSerializable(kept.filter(({ f }) => f === "txn")));
    const clocksRight = scenario.faults.every(({ fault: { verb } }) => verb !== "skew" && verb !== "jump");
    take("safety", "expiry", checkExpiry(lent, run.history.events, run.source.ttls, clocksRight));
  }
  const bounds = memoryBounds(scenario.stakes.length, limitsOf(scenario), scenario.tuning);
  take("safety", "memory", checkMemory({ samples: run.memory.samples, bounds }));
  // Whoever broke agreement has nothing left to make progress on.
  if (complaints.length === 0) complaints.push(...judgeProgress(run, take));
  if (scenario.promise !== undefined) complaints.push(...scenario.promise(run));
  return { complaints, undecided };
}

/** Commands without a session are tried once, and nobody here proposes others' commands: twice is once too often. */
function judgeRepetitions({ recorder }: ScenarioRun): readonly Complaint[] {
  const times = new Map<string, number>();
  for (const { command } of recorder.applied) times.set(command, (times.get(command) ?? 0) + 1);
  return [...times]
    .filter(([, count]) => count > 1)
    .map(([command, count]) => ({ kind: "safety", text: `${command} took effect ${count} times` }));
}

function judgeProgress(
  run: ScenarioRun,
  take: (kind: Complaint["kind"], what: string, verdict: Verdict<unknown>) => void,
): readonly Complaint[] {
  const { recorder, replicas, scenario } = run;
  const standing = replicas.filter(({ running }) => running);
  take(
    "no-progress",
    "liveness",
    checkLiveness({
      healedAt: run.healedAt,
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
  const text = `not quiet ${scenario.boundMs} ms after healing: ${run.waiting} operations without an answer; ${stands.join("; ")}`;
  return [{ kind: "no-progress", text }];
}
