// Judges keys whose values expire. A register with open ends would say the same, but its search would be hopeless; three
// rules catch what can go wrong. A value that was seen to be gone does not come back. Nothing that was overwritten is read
// after that was acknowledged. And nothing is gone before its time, as long as all clocks are right.
import type { Millis } from "@quorate/core";
import type { Verdict } from "../checkers/types.ts";
import type { HistoryEvent, Value } from "../history/event.ts";
import type { Operation } from "../history/operation.ts";

export interface ExpiryEvidence {
  readonly key: string;
  readonly fault: "came-back" | "stale" | "early";
  readonly value: Value;
}

/** Judges operations on keys that were lent; `events` is the history that they are of. `clocksRight`: whether every clock was right all the time. */
export function checkExpiry(
  operations: readonly Operation[],
  events: readonly HistoryEvent[],
  ttls: ReadonlyMap<Value, Millis>,
  clocksRight: boolean,
): Verdict<ExpiryEvidence> {
  const byKey = new Map<string, Operation[]>();
  for (const operation of operations) {
    const ofKey = byKey.get(operation.key);
    if (ofKey === undefined) byKey.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  for (const [key, ofKey] of byKey) {
    const found = judgeKey(key, ofKey, events, ttls, clocksRight);
    if (found !== undefined) {
      const report = `key ${key}, value ${JSON.stringify(found.evidence.value)}: ${found.reason}`;
      return { kind: "violated", evidence: found.evidence, report };
    }
  }
  return { kind: "holds", checked: operations.length };
}

function judgeKey(
  key: string,
  operations: readonly Operation[],
  events: readonly HistoryEvent[],
  ttls: ReadonlyMap<Value, Millis>,
  clocksRight: boolean,
): { readonly evidence: ExpiryEvidence; readonly reason: string } | undefined {
  const timeOf = (index: number): Millis => events[index]?.time ?? Number.POSITIVE_INFINITY;
  const writes = operations.filter(({ f, outcome }) => f === "write" && outcome !== "fail");
  const reads = operations.filter(({ f, outcome }) => f === "read" && outcome === "ok");
  for (const write of writes) {
    const { value } = write;
    // When it was first seen to be gone: by a read that began after it was known to be there.
    let there = write.outcome === "ok" ? write.end : Number.POSITIVE_INFINITY;
    let gone = Number.POSITIVE_INFINITY;
    for (const read of reads) {
      if (read.value === value) {
        if (read.start > gone) {
          return {
            evidence: { key, fault: "came-back", value },
            reason: `read at event ${read.start} after it was gone at ${gone}`,
          };
        }
        there = Math.min(there, read.end);
      } else if (read.start > there) gone = Math.min(gone, read.end);
    }
    const over = writes.find((later) => later.outcome === "ok" && later.start > write.end);
    const stale = over && reads.find((read) => read.value === value && read.start > over.end);
    if (stale !== undefined) {
      return {
        evidence: { key, fault: "stale", value },
        reason: `read at event ${stale.start} after it was overwritten`,
      };
    }
    if (!clocksRight || write.outcome !== "ok") continue;
    const due = timeOf(write.start) + (ttls.get(value) ?? 0);
    const rivals = writes.some((other) => other !== write && other.end > write.start);
    if (rivals) continue;
    const early = reads.find((read) => read.value !== value && read.start > write.end && timeOf(read.end) < due);
    if (early !== undefined) {
      return {
        evidence: { key, fault: "early", value },
        reason: `gone at ${timeOf(early.end)} ms, but lent until ${due} ms at least`,
      };
    }
  }
  return undefined;
}
