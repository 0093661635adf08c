// Answers "why is this slow or stuck" from what one replica knows: a pure function of its status, of the slots it waits
// for, and of since when things are as they are.
//
// The laws it keeps: a replica that is not ready always has a finding that says why; every member without a link is
// named; the worst comes first; every finding says what to do.
import type { ExplainReport, Finding, StatusReport } from "@quorate/core/api";
import type { ExplainInput } from "./explain-input.ts";
import { findInMembers } from "./explain-members.ts";
import { findInReplica } from "./explain-replica.ts";

const ORDER: Readonly<Record<Finding["severity"], number>> = { critical: 0, warning: 1, note: 2 };

/** The findings, worst first, and one sentence that sums them up. */
export function explainReport(input: ExplainInput): ExplainReport {
  const found = [...findInReplica(input), ...findInMembers(input)];
  const { status } = input;
  if (!status.ready && !found.some(({ severity }) => severity === "critical")) found.push(explainUnready(input));
  const findings = found.toSorted((left, right) => ORDER[left.severity] - ORDER[right.severity]);
  const healthy = findings.every(({ severity }) => severity === "note");
  return { healthy, summary: summarize(status, findings), findings, waiting: input.waiting ?? [] };
}

function explainUnready({ status, notReadyBecause, since }: ExplainInput): Finding {
  const forMs = since?.notReadyMs;
  const because = notReadyBecause === undefined || notReadyBecause === "" ? "" : `: ${notReadyBecause}`;
  return {
    severity: "critical",
    members: [status.replica.name],
    ...(forMs === undefined ? {} : { forMs }),
    what: `${status.replica.name} is not ready for linearizable operations${because}`,
    todo: "wait a moment if it has just started; else look at its log, and at explain on the other members",
  };
}

function summarize(status: StatusReport, findings: readonly Finding[]): string {
  const up = status.members.filter(({ self, up }) => self || up).length;
  const members = `${up} of ${status.members.length} members are up`;
  const first = findings[0];
  if (first?.severity === "critical") {
    return status.ready ? `In danger: ${first.what}.` : `Cannot serve: ${first.what}.`;
  }
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  if (warnings > 0) {
    return `Works: ${members}, commit ${status.appliedIndex} is applied; ${warnings === 1 ? "one thing needs" : `${warnings} things need`} looking at.`;
  }
  return `Healthy: ${members}, commit ${status.appliedIndex} is applied.`;
}
