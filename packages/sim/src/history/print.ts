// Writes histories as JSON lines, fields always in the same order: a run that repeats gives the same bytes.
import type { HistoryEvent } from "./event.ts";

/** One event as one line, without the line's end. */
export function printEvent({ process, type, f, key, value, time, index }: HistoryEvent): string {
  return JSON.stringify({ process, type, f, ...(key === undefined ? {} : { key }), value, time, index });
}

/** A whole history. */
export function printHistory(events: readonly HistoryEvent[]): string {
  return events.map((event) => `${printEvent(event)}\n`).join("");
}
