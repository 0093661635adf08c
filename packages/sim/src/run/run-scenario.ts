// Runs a scenario with a seed and says what came of it.
import type { Millis } from "@quorate/core";
import type { HistoryEvent } from "../history/event.ts";
import { type Complaint, committeeOf, type Scenario } from "../scenario/scenario.ts";
import { typicalDelay } from "../world/delays.ts";
import { judgeRun } from "./judge.ts";
import { type RunOptions, ScenarioRun } from "./scenario-run.ts";

export interface Outcome {
  readonly scenario: string;
  readonly seed: string;
  readonly verdict: "held" | "safety" | "no-progress";
  /** What was wrong, as text. */
  readonly reasons: readonly string[];
  /** What no judge could decide within its budget. */
  readonly undecided: readonly string[];
  /** What was asked for and not reached within the scenario's bounds, as text. */
  readonly short: readonly string[];
  readonly stats: RunStats;
  readonly traceHash: string;
  readonly history: readonly HistoryEvent[];
}

export interface RunStats {
  readonly members: number;
  readonly rule: string;
  readonly rounds: number;
  readonly commits: number;
  readonly operations: number;
  readonly virtualMs: Millis;
  /** From healing until everything was answered and applied. */
  readonly settledMs: Millis | undefined;
  /** Median and 99th percentile of what was ordered or read, in one-way delays. */
  readonly latency: { readonly p50: number; readonly p99: number } | undefined;
  readonly frames: number;
  readonly bytes: number;
  readonly events: number;
  readonly crashes: number;
  readonly restarts: number;
  readonly amnesias: number;
  readonly snapshots: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly adversaries: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  /** What the workload counted. */
  readonly counts?: Readonly<Record<string, number>>;
}

export function runScenario<Reply>(scenario: Scenario<Reply>, options: RunOptions): Outcome {
  const run = new ScenarioRun(scenario, options);
  run.run();
  const { complaints, undecided } = judgeRun(run);
  return {
    scenario: scenario.name,
    seed: String(options.seed),
    verdict: verdictOf(complaints),
    reasons: complaints.map(({ text }) => text),
    undecided,
    short: run.short,
    stats: statsOf(run),
    traceHash: run.world.trace.hash,
    history: run.history.events,
  };
}

function verdictOf(complaints: readonly Complaint[]): Outcome["verdict"] {
  if (complaints.some(({ kind }) => kind === "safety")) return "safety";
  return complaints.length > 0 ? "no-progress" : "held";
}

function statsOf<Reply>(run: ScenarioRun<Reply>): RunStats {
  const { recorder, scenario, world } = run;
  const delta = typicalDelay(scenario.delays);
  const sorted = run.latencies.toSorted((left, right) => left - right);
  const at = (share: number): number => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / delta;
  return {
    members: scenario.stakes.length,
    rule: committeeOf(scenario).thresholds.rule,
    rounds: run.round,
    commits: recorder.highest,
    operations: run.operations,
    virtualMs: Math.round(world.now),
    settledMs: run.quietAt === undefined ? undefined : Math.round(run.quietAt - run.healedAt),
    latency: sorted.length === 0 ? undefined : { p50: rounded(at(0.5)), p99: rounded(at(0.99)) },
    frames: world.network.frames,
    bytes: world.network.bytes,
    events: world.events,
    crashes: recorder.crashes,
    restarts: recorder.starts.restart,
    amnesias: recorder.starts.amnesia,
    snapshots: recorder.restores,
    faults: sortedCounts(run.nemesis.carriedOut),
    adversaries: sortedCounts(new Map(run.coalitions.flatMap(({ acts }) => [...acts]))),
    refusals: sortedCounts(recorder.refusals),
    ...(run.clients.counts === undefined ? {} : { counts: run.clients.counts }),
  };
}

function sortedCounts(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
