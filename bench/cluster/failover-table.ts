// What runs of struck systems saw, for people: one run in a few lines, all of them in a table. The same for every system.
import type { WindowReport } from "./load/orders.ts";
import { CONNECTIONS, type FaultReport, type StruckReport } from "./struck-run.ts";

/** A run in a few lines, for whoever watches. */
export function printRun(report: StruckReport): string {
  const { faults, load, most } = report;
  const line = (what: string, seen: WindowReport): string =>
    `  ${what}: pause ${seen.pauseMs.toFixed(0)} ms at r${seen.pauseAt + 1}, ${seen.pauseAfterMs.toFixed(0)} ms after it began, of a replica ${seen.replicaPauseMs.toFixed(0)} ms; slowest ${seen.slowestMs.toFixed(0)} ms; back after ${seen.backMs.toFixed(0)} ms; generator stood still ${seen.stallMs.toFixed(0)} ms; errors ${JSON.stringify(seen.errors)}, elsewhere ${JSON.stringify(seen.errorsElsewhere)}`;
  return [
    `${most.toFixed(0)} writes/s at most, load of the machine ${report.machineLoad.toFixed(1)}`,
    ...faults.flatMap(({ after, during, fault }) => [
      line(fault, during),
      ...(after === undefined ? [] : [line(`${fault}, return`, after)]),
    ]),
    `  ${load.acknowledged} acknowledged, lost ${load.lost} ${load.lostNames.join(" ")}; refused when read back ${load.refusedReads}`,
  ].join("\n");
}

export function failoverTable(reports: readonly StruckReport[]): string {
  const names = reports[0]?.faults.map(({ fault }) => fault) ?? [];
  const ms = (values: readonly number[], of: (values: readonly number[]) => number | undefined): string =>
    of(values)?.toFixed(0).replace("Infinity", "not while it was watched") ?? "";
  const rows = names.map((name) => {
    const seen = reports.flatMap(({ faults }) => faults.filter(({ fault }) => fault === name));
    const after = seen.flatMap((one) => (one.after === undefined ? [] : [one.after]));
    const pauses = seen.map((one) => one.during.pauseMs);
    const ofReplica = seen.map((one) => one.during.replicaPauseMs);
    const returns = after.map((one) => one.pauseMs);
    const returnsOfReplica = after.map((one) => one.replicaPauseMs);
    const slowest = seen.map((one) => one.during.slowestMs);
    const back = after.map((one) => (one.backMs < 0 ? Number.POSITIVE_INFINITY : one.backMs));
    return [
      name,
      ms(ofReplica, median),
      ms(ofReplica, max),
      ms(pauses, median),
      ms(pauses, max),
      ms(slowest, median),
      ms(returnsOfReplica, median),
      ms(returns, median),
      ms(returns, max),
      ms(back, median),
      errorsOf(seen),
    ];
  });
  return [
    "| fault | longest pause of a replica, ms: median | worst | of a connection: median | worst | slowest write: median | around the return, of a replica: median | of a connection: median | worst | the struck one serves again after: median | errors on healthy connections |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
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

/** What is to be known of every system's runs. */
export function commonNotes(reports: readonly StruckReport[], wanted: number): readonly string[] {
  const most = reports.map((one) => one.most.toFixed(0)).join(", ");
  const loads = reports.map((one) => one.machineLoad.toFixed(1)).join(", ");
  const skipped = reports[0]?.skipped;
  return [
    `- ${reports.length} runs${reports.length < wanted ? ` (of ${wanted}: the time was over)` : ""}; at most ${most} writes a second (${CONNECTIONS} connections, closed loop), half of that sent while faults struck: a connection's next write is due ${reports.map((one) => ((1_000 * CONNECTIONS) / one.rate).toFixed(0)).join(", ")} ms after the one before, so no pause of a connection can be shorter`,
    `- acknowledged writes: ${sum(reports, ({ load }) => load.acknowledged)}, lost: ${sum(reports, ({ load }) => load.lost)}; refused when they were read back, and read again: ${sum(reports, ({ load }) => load.refusedReads)}`,
    `- while nothing was wrong the load generator itself stood still for up to ${Math.max(0, ...reports.flatMap(({ faults }) => faults.slice(0, 1).map(({ during }) => during.stallMs))).toFixed(0)} ms; load of the machine when the runs began: ${loads}`,
    ...(skipped === undefined ? [] : [`- **${skipped}**`]),
  ];
}

export function sum<Report>(reports: readonly Report[], of: (report: Report) => number): number {
  return reports.reduce((total, one) => total + of(one), 0);
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

function max(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
