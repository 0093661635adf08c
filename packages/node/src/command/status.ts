// `quorate status`: where a replica stands and whom it sees, as a table or as the object that `/v1/status` answers.
import type { MemberReport, StatusReport } from "@quorate/core/api";
import { printDuration } from "../report/print-duration.ts";
import { EXIT } from "./exit-code.ts";
import { problemError, REMOTE_FLAGS, Remote } from "./remote/remote.ts";
import { columns } from "./text.ts";
import type { Verb } from "./verb.ts";

export const status: Verb = {
  name: "status",
  summary: "who is up, round, commit, lag, and whether a quorum is reached",
  flags: REMOTE_FLAGS,
  details: `exit codes
  ${EXIT.ok} the replica that answered is ready for linearizable operations; ${EXIT.unavailable} it is not, or nobody answered

--json prints what /v1/status answers
  { version, cluster { id, rule, fault, stake, quorum },
    replica { name, index, uptimeSeconds, incarnation, durability },
    mode, ready, quorum { reachable, needed, reached },
    round, ownRound, undecidedRound, commitIndex, appliedIndex, logTime,
    storage { logBytes, flushedIndex, pressure }, doors: [{ name, address, connections }],
    members: [{ name, index, stake, self, up, round, commitIndex, silentMs, rttMs, exposed }] }

examples
  quorate status
  quorate status --url http://127.0.0.1:8003 --json`,
  async run(args, io) {
    const answer = await new Remote(args, io).get("/v1/status");
    if (answer.status !== 200) throw problemError(answer);
    const report = answer.body as StatusReport;
    io.stdout(args.has("json") ? `${JSON.stringify(report)}\n` : printStatus(report, answer.url));
    return report.ready ? EXIT.ok : EXIT.unavailable;
  },
};

function printStatus(report: StatusReport, url: string): string {
  const { cluster, replica, quorum, storage } = report;
  const { crash, byzantine } = cluster.fault;
  return [
    `${replica.name} at ${url}: ${report.ready ? "ready" : "NOT ready; quorate explain says why"}`,
    "",
    ...columns([
      ["cluster", `${cluster.id}, ${cluster.rule}: stake ${crash} may stop, ${byzantine} may lie, of ${cluster.stake}`],
      ["quorum", `stake ${quorum.reachable} is reachable, ${quorum.needed} is needed`],
      ["mode", report.mode],
      ["commit", `${report.appliedIndex} applied, ${report.commitIndex} decided, ${storage.flushedIndex} on disk`],
      ["round", `${report.round}; decided below ${report.undecidedRound}`],
      ["log", `${(storage.logBytes / 2 ** 20).toFixed(0)} MiB, durability ${replica.durability}${pressure(report)}`],
      ["up for", printDuration(replica.uptimeSeconds * 1000)],
      ...report.doors.map(({ name, address, connections }) => [name, `${address}, ${connections} connected`]),
    ]),
    "",
    ...columns([["member", "stake", "", "round", "commit", "heard", "round trip"], ...report.members.map(row)]),
    "",
  ].join("\n");
}

function pressure({ storage }: StatusReport): string {
  return storage.pressure === "none" ? "" : `; disk pressure ${storage.pressure}`;
}

function row(member: MemberReport): readonly string[] {
  const { name, stake, self, up, round, commitIndex, silentMs, rttMs, exposed } = member;
  const state = self ? "self" : up ? "up" : "down";
  const heard = self ? "" : `${printDuration(silentMs)} ago`;
  const trip = rttMs === null ? "" : `${rttMs.toFixed(1)} ms`;
  return [name, String(stake), exposed ? `${state}, lies` : state, String(round), String(commitIndex), heard, trip];
}
