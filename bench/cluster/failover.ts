// The table of "kill any": what clients of healthy replicas see while one after the other is killed, frozen and cut off.
//
//   npm run bench -- failover       five runs, or as many as fit into eight and a half minutes
//   npm run bench -- failover 1     one run
import { spawnSync } from "node:child_process";
import { copyBundle } from "./bundle.ts";
import { now } from "./clock.ts";
import { CONNECTIONS, type FaultReport, type RunReport, runFailover, WHOLE } from "./failover-run.ts";
import type { WindowReport } from "./load/orders.ts";

/** No further run begins that would end later. */
const BOUND_MS = 510_000;

export async function benchFailover(runs: number): Promise<string> {
  // A frozen or cut replica must not stay behind when somebody loses patience: `exit` is what cleans up.
  const end = (): never => process.exit(130);
  process.once("SIGINT", end).once("SIGTERM", end);
  const reports: RunReport[] = [];
  // All runs measure the same code, whatever becomes of the sources meanwhile.
  const bundle = await copyBundle();
  process.once("exit", bundle.remove);
  const from = now();
  for (let run = 0; run < runs; run++) {
    if (now() - from + (now() - from) / Math.max(1, run) > BOUND_MS) break;
    const report = await runFailover({ ...WHOLE, first: run % 5 }, bundle);
    reports.push(report);
    console.error(`run ${run + 1}: ${printRun(report)}`);
  }
  process.off("SIGINT", end).off("SIGTERM", end);
  return [table(reports), "", ...notes(reports, runs), "", peer()].join("\n");
}

/** A run in a few lines, for whoever watches. */
function printRun(report: RunReport): string {
  const { faults, isRight, load, most, verdict } = report;
  const line = (what: string, seen: WindowReport): string =>
    `  ${what}: pause ${seen.pauseMs.toFixed(0)} ms at r${seen.pauseAt + 1}, ${seen.pauseAfterMs.toFixed(0)} ms after it began; slowest ${seen.slowestMs.toFixed(0)} ms; back after ${seen.backMs.toFixed(0)} ms; generator stood still ${seen.stallMs.toFixed(0)} ms; errors ${JSON.stringify(seen.errors)}, elsewhere ${JSON.stringify(seen.errorsElsewhere)}`;
  return [
    `${most.toFixed(0)} writes/s at most, load of the machine ${report.machineLoad.toFixed(1)}`,
    ...faults.flatMap(({ after, during, fault }) => [
      line(fault, during),
      ...(after === undefined ? [] : [line(`${fault}, return`, after)]),
    ]),
    `  ${load.acknowledged} acknowledged, lost ${load.lost} ${load.lostNames.join(" ")}; sessions ${JSON.stringify(load.session)}`,
    `  history ${isRight ? "passes" : "DOES NOT PASS"}: ${verdict}`,
  ].join("\n");
}

function table(reports: readonly RunReport[]): string {
  const names = reports[0]?.faults.map(({ fault }) => fault) ?? [];
  const ms = (values: readonly number[], of: (values: readonly number[]) => number | undefined): string =>
    of(values)?.toFixed(0) ?? "";
  const rows = names.map((name) => {
    const seen = reports.flatMap(({ faults }) => faults.filter(({ fault }) => fault === name));
    const after = seen.flatMap((one) => (one.after === undefined ? [] : [one.after]));
    const pauses = seen.map((one) => one.during.pauseMs);
    const returns = after.map((one) => one.pauseMs);
    const slowest = seen.map((one) => one.during.slowestMs);
    const back = after.map((one) => one.backMs);
    return [
      name,
      ms(pauses, median),
      ms(pauses, max),
      ms(slowest, median),
      ms(returns, median),
      ms(returns, max),
      ms(back, median),
      errorsOf(seen),
    ];
  });
  return [
    "| fault | longest pause, ms: median | worst | slowest write: median | pause around the return: median | worst | the struck one serves again after: median | errors on healthy connections |",
    "|---|---:|---:|---:|---:|---:|---:|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

function errorsOf(seen: readonly FaultReport[]): string {
  const counts = new Map<string, number>();
  for (const { after, during } of seen)
    for (const [kind, count] of [...Object.entries(during.errors), ...Object.entries(after?.errors ?? {})])
      counts.set(kind, (counts.get(kind) ?? 0) + count);
  return counts.size === 0 ? "0" : [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}

function notes(reports: readonly RunReport[], wanted: number): readonly string[] {
  const sum = (of: (report: RunReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const most = reports.map((one) => one.most.toFixed(0)).join(", ");
  const loads = reports.map((one) => one.machineLoad.toFixed(1)).join(", ");
  const right = reports.filter(({ isRight }) => isRight).length;
  const skipped = reports[0]?.skipped;
  return [
    `- ${reports.length} runs${reports.length < wanted ? ` (of ${wanted}: the time was over)` : ""}; at most ${most} writes a second (${CONNECTIONS} connections, closed loop), half of that sent while faults struck: a connection's next write is due ${reports.map((one) => ((1_000 * CONNECTIONS) / one.rate).toFixed(0)).join(", ")} ms after the one before, so no pause can be shorter`,
    `- acknowledged writes: ${sum(({ load }) => load.acknowledged)}, lost: ${sum(({ load }) => load.lost)}`,
    `- writes through sessions: ${sum(({ load }) => load.session.acknowledged)}, sent again to another replica: ${sum(({ load }) => load.session.sentAgain)}, lost: ${sum(({ load }) => load.session.lost)}, doubled: ${sum(({ load }) => load.session.doubled)}`,
    `- histories that pass \`quorate check\`: ${right} of ${reports.length} (${sum(({ load }) => load.recorded)} operations)`,
    `- while nothing was wrong the load generator itself stood still for up to ${Math.max(0, ...reports.flatMap(({ faults }) => faults.slice(0, 1).map(({ during }) => during.stallMs))).toFixed(0)} ms; load of the machine when the runs began: ${loads}`,
    ...(skipped === undefined ? [] : [`- **${skipped}**`]),
  ];
}

function peer(): string {
  const { status } = spawnSync("etcd", ["--version"], { encoding: "utf8" });
  return status === 0 ? "etcd: installed, not driven by this bench yet" : "etcd: not installed";
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

function max(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
