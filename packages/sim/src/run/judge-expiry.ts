// Judges keys whose values expire. A register with open ends would say the same, but its search would be hopeless; so every
// read is asked by itself whether it can have found what it found. What was overwritten before is not read any more. What was
// seen to be gone does not come back. Nothing is read by a clock that is past its end. And nothing is found gone while all
// that may have been written last has time left, if every clock is right.
import type { Millis } from "@quorate/core";
import type { Verdict } from "../checkers/types.ts";
import type { HistoryEvent, Value } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";

export interface ExpiryEvidence {
  readonly key: string;
  readonly fault: "never-written" | "stale" | "came-back" | "late" | "early";
  readonly value: Value;
}

/** What the clocks of a run allow. */
export interface ExpiryClocks {
  /** Every clock was right all the time. */
  readonly clocksRight: boolean;
  /** How much longer than it was lent a value may be read. */
  readonly expiryLateMs: Millis;
}

/** A write that may have taken effect. */
interface Write {
  readonly value: Value;
  readonly start: number;
  /** When it was known to have taken effect: it was answered, or a read had seen it. */
  readonly known: number;
  readonly ttlMs: Millis;
}

/** Judges operations on keys that were lent; `events` is the history that they are of. A value without a ttl lasts for ever. */
export function checkExpiry(
  operations: readonly Operation[],
  events: readonly HistoryEvent[],
  ttls: ReadonlyMap<Value, Millis>,
  clocks: ExpiryClocks,
): Verdict<ExpiryEvidence> {
  const byKey = new Map<string, Operation[]>();
  for (const operation of operations) {
    const ofKey = byKey.get(operation.key);
    if (ofKey === undefined) byKey.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  for (const [key, ofKey] of byKey) {
    const found = judgeKey(ofKey, events, ttls, clocks);
    if (found === undefined) continue;
    const { fault, reason, value } = found;
    const report = `key ${key}, value ${JSON.stringify(value)}: ${reason}`;
    return { kind: "violated", evidence: { key, fault, value }, report };
  }
  return { kind: "holds", checked: operations.length };
}

function judgeKey(
  operations: readonly Operation[],
  events: readonly HistoryEvent[],
  ttls: ReadonlyMap<Value, Millis>,
  { clocksRight, expiryLateMs }: ExpiryClocks,
): (Omit<ExpiryEvidence, "key"> & { readonly reason: string }) | undefined {
  const timeOf = (index: number): Millis => events[index]?.time ?? Number.POSITIVE_INFINITY;
  const reads = operations.filter(({ f, outcome }) => f === "read" && outcome === "ok");
  const writes = writesOf(operations, reads, ttls);
  for (const read of reads) {
    const { value } = read;
    // Whatever was known to be there before the latest of these began is overwritten.
    const over = writes.filter(({ known }) => known < read.start);
    const overwrittenUntil = Math.max(-1, ...over.map(({ start }) => start));
    if (value === null) {
      if (!clocksRight || over.length === 0) continue;
      const last = writes.filter(({ known, start }) => start < read.end && known >= overwrittenUntil);
      // Wall clocks tell whole milliseconds.
      const due = Math.min(...last.map(({ start, ttlMs }) => Math.floor(timeOf(start)) + ttlMs));
      if (due <= timeOf(read.end)) continue;
      const reason = `gone at ${timeOf(read.end)} ms, but lent until ${due} ms at least`;
      return { fault: "early", value: last[0]!.value, reason };
    }
    const write = writes.find((one) => one.value === value);
    if (write === undefined || write.start > read.end) {
      return { fault: "never-written", value, reason: `read at event ${read.end}, but not written by then` };
    }
    if (write.known < overwrittenUntil) {
      return { fault: "stale", value, reason: `read at event ${read.start} after it was overwritten` };
    }
    const gone = reads.find((other) => other.value !== value && other.start > write.known && other.end < read.start);
    if (gone !== undefined) {
      return { fault: "came-back", value, reason: `read at event ${read.start} after it was gone at ${gone.end}` };
    }
    const due = timeOf(write.known) + write.ttlMs + expiryLateMs;
    if (timeOf(read.start) > due) {
      return { fault: "late", value, reason: `read at ${timeOf(read.start)} ms, but lent until ${due} ms at most` };
    }
  }
  return undefined;
}

function writesOf(
  operations: readonly Operation[],
  reads: readonly Operation[],
  ttls: ReadonlyMap<Value, Millis>,
): readonly Write[] {
  const seen = new Map<Value, number>();
  for (const { end, value } of reads) seen.set(value, Math.min(end, seen.get(value) ?? Number.POSITIVE_INFINITY));
  return operations
    .filter(({ f, outcome }) => f === "write" && outcome !== "fail")
    .map(({ end, start, value }) => ({
      value,
      start,
      known: Math.min(end, seen.get(value) ?? Number.POSITIVE_INFINITY),
      ttlMs: ttls.get(value) ?? Number.POSITIVE_INFINITY,
    }));
}
