// `quorate explain`: why something is slow or stuck, in sentences that name members, numbers and what to do.
import type { ExplainReport, Finding } from "@quorate/core/api";
import { printDuration } from "../report/print-duration.ts";
import { isUndecided } from "../report/slot-sentence.ts";
import { EXIT } from "./exit-code.ts";
import { problemError, REMOTE_FLAGS, Remote } from "./remote/remote.ts";
import type { Verb } from "./verb.ts";

export const explain: Verb = {
  name: "explain",
  summary: "why something is slow or stuck: which quorum, who is missing since when, what to do",
  flags: REMOTE_FLAGS,
  details: `what it says
  Findings, worst first. critical: something is not served or not decided. warning: it works, but less
  may go wrong than should. note: worth knowing. docs/operations.md tells more about each. A replica
  sees only its own links: where members disagree, ask each of them with --url.

exit codes
  ${EXIT.ok} healthy, or notes and warnings only; ${EXIT.unavailable} something critical, or nobody answered

--json prints what /v1/explain answers
  { healthy, summary,
    findings: [{ severity: "critical" | "warning" | "note", what, rule?, members?, forMs?, todo }],
    waiting: [{ round, because: [text] }] }

examples
  quorate explain
  quorate explain --url http://127.0.0.1:8003 --json`,
  async run(args, io) {
    const answer = await new Remote(args, io).get("/v1/explain");
    if (answer.status !== 200) throw problemError(answer);
    const report = answer.body as ExplainReport;
    io.stdout(args.has("json") ? `${JSON.stringify(report)}\n` : printExplain(report));
    return report.findings.some(({ severity }) => severity === "critical") ? EXIT.unavailable : EXIT.ok;
  },
};

function printExplain({ summary, findings, waiting }: ExplainReport): string {
  const lines = [summary];
  for (const finding of findings) lines.push("", ...printFinding(finding));
  if (findings.some(({ severity }) => severity === "critical") && waiting.length > 0) {
    const slots = waiting.flatMap(({ because }) => because.filter(isUndecided));
    if (slots.length > 0) lines.push("", "the oldest slots that wait", ...slots.map((text) => `  ${text}`));
  }
  return `${lines.join("\n")}\n`;
}

function printFinding({ severity, what, rule, forMs, todo }: Finding): readonly string[] {
  const since = forMs === undefined ? "" : ` (for ${printDuration(forMs)})`;
  return [`${severity}${since}: ${what}`, ...(rule === undefined ? [] : [`  rule: ${rule}`]), `  do: ${todo}`];
}
