// Judges whether things move again once nothing is broken: after healing, every command that was taken on is applied by
// every live replica within a bound. A run that ended before the bound had passed proves nothing about what is missing.
import type { AuthorIndex, Millis } from "@quorate/core";
import type { CommandName, LivenessInput, Verdict } from "./types.ts";

export interface LivenessEvidence {
  readonly replica: AuthorIndex;
  readonly command: CommandName;
  readonly dueAt: Millis;
  /** Undefined if it never was. */
  readonly appliedAt: Millis | undefined;
}

/** Judges every command on every replica. All faults are in the report, the earliest due is the evidence. */
export function checkLiveness({
  healedAt,
  bound,
  endedAt,
  submitted,
  replicas,
}: LivenessInput): Verdict<LivenessEvidence> {
  const late: LivenessEvidence[] = [];
  let undecided = 0;
  for (const { command, at } of submitted) {
    const dueAt = Math.max(healedAt, at) + bound;
    for (const { replica, applied } of replicas) {
      const appliedAt = applied.get(command);
      if (appliedAt !== undefined && appliedAt <= dueAt) continue;
      if (appliedAt === undefined && endedAt < dueAt) undecided++;
      else late.push({ replica, command, dueAt, appliedAt });
    }
  }
  late.sort((left, right) => left.dueAt - right.dueAt);
  const [evidence] = late;
  if (evidence !== undefined) return { kind: "violated", evidence, report: late.map(printLate).join("\n") };
  if (undecided > 0) {
    const report = `the run ended at ${endedAt} ms, before ${undecided} missing applications were due: run it longer`;
    return { kind: "unknown", report };
  }
  return { kind: "holds", checked: submitted.length * replicas.length };
}

function printLate({ replica, command, dueAt, appliedAt }: LivenessEvidence): string {
  const when = appliedAt === undefined ? "never applied it" : `applied it at ${appliedAt} ms`;
  return `${command} was due on replica ${replica} by ${dueAt} ms, which ${when}`;
}
