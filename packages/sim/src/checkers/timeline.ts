// Draws operations for people: one line each, in the order of invocation, with a bar from invocation to completion. Bars
// that overlap were concurrent; only events of the operations shown take up width.
import { type HistoryEvent, valueText } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";

/** Lines, with a name each if names are given, such as `process 0  write 1   ├──┤       events 0–3`. */
export function drawTimeline(operations: readonly Operation[], names?: readonly string[]): string {
  const shown = operations
    .map((operation, at) => ({ operation, name: names?.[at] }))
    .sort((left, right) => left.operation.start - right.operation.start);
  const moments = shown.flatMap(({ operation: { start, end } }) => (Number.isFinite(end) ? [start, end] : [start]));
  const columns = new Map([...new Set(moments)].sort((a, b) => a - b).map((moment, at) => [moment, at * 3]));
  const width = columns.size * 3 + 1;
  const rows = shown.map(({ operation, name }) => {
    const { process, start, end } = operation;
    const from = columns.get(start)!;
    const to = columns.get(end);
    const bar =
      to === undefined
        ? `${" ".repeat(from)}├${"─".repeat(width - from - 2)}…`
        : `${" ".repeat(from)}├${"─".repeat(to - from - 1)}┤`;
    const events = to === undefined ? `event ${start}, open` : `events ${start}–${end}`;
    return [
      `${name === undefined ? "" : `${name}  `}process ${process}`,
      printOperation(operation),
      bar,
      events,
    ] as const;
  });
  const widths = [0, 1, 2].map((column) => rows.reduce((widest, row) => Math.max(widest, row[column]!.length), 0));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

/** What was asked and answered: `write 1`, `read → 1`, `cas 1 → 2`, `append 3`. */
export function printOperation({ f, value, outcome }: Pick<Operation, "f" | "value" | "outcome">): string {
  const suffix = outcome === "info" ? " (unknown)" : outcome === "fail" ? " (failed)" : "";
  switch (f) {
    case "read":
      return outcome === "ok" ? `read → ${valueText(value)}` : `read${suffix}`;
    case "cas":
      return `cas ${Array.isArray(value) ? value.map(valueText).join(" → ") : valueText(value)}${suffix}`;
    case "txn":
      return `txn ${Array.isArray(value) ? value.map(printStep).join(" ") : valueText(value)}${suffix}`;
    default:
      return `${f} ${valueText(value)}${suffix}`;
  }
}

function printStep(step: HistoryEvent["value"]): string {
  if (!Array.isArray(step)) return valueText(step);
  const [f, key, value = null] = step;
  const name = typeof key === "string" ? key : valueText(key ?? null);
  return f === "r"
    ? `${name}→${valueText(value)}`
    : f === "w"
      ? `${name}=${valueText(value)}`
      : `${name}+${valueText(value)}`;
}
