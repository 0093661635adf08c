// Findings about the others: who is missing and what that costs, who is behind, slow, out of time, or lies.
import type { Finding, MemberReport, StatusReport } from "@quorate/core/api";
import type { ExplainInput } from "./explain-input.ts";
import { downOf, join, longestSilence } from "./members-down.ts";
import { printDuration } from "./print-duration.ts";

const BEHIND_ROUNDS = 64;
const BEHIND_COMMITS = 256;
const CLOCK_NOTE_MS = 400;
const CLOCK_BOUND_MS = 500;
const SLOW_RTT_MS = 50;
const SLOW_RTT_TIMES = 4;

/** All of them, in no order. Every member without a link is named. */
export function findInMembers(input: ExplainInput): readonly Finding[] {
  return [...explainQuorum(input), ...explainLies(input), ...explainPace(input), ...explainClocks(input)];
}

function explainQuorum({ status, since, linkProblems = {} }: ExplainInput): readonly Finding[] {
  const { members, quorum, replica } = status;
  const down = downOf(members);
  const rule = quorumRule(status);
  if (!quorum.reached) {
    const forMs = since?.withoutQuorumMs ?? longestSilence(down);
    return [
      {
        severity: "critical",
        what: `no quorum: ${replica.name} reaches stake ${quorum.reachable} of the ${quorum.needed} that a decision needs; ${describeDown(down, status, linkProblems)}`,
        rule,
        members: down.map(({ name }) => name),
        ...(forMs === undefined ? {} : { forMs }),
        todo: `${startEnough(down, quorum.needed - quorum.reachable)}; or, if they run, look at the network between them and ${replica.name}, and at their logs for refused handshakes`,
      },
    ];
  }
  if (down.length === 0) return [];
  const left = quorum.reachable - quorum.needed;
  const forMs = longestSilence(down);
  const margin =
    left > 0
      ? `commands are still decided, and stake ${left} more may fail`
      : "commands are still decided, but nothing more may fail";
  return [
    {
      severity: "warning",
      what: `${describeDown(down, status, linkProblems)}; ${margin}`,
      rule,
      members: down.map(({ name }) => name),
      ...(forMs === undefined ? {} : { forMs }),
      todo: `start ${join(down.map(({ name }) => name))} again, or look at the network towards ${down.length === 1 ? "it" : "them"}`,
    },
  ];
}

function explainLies({ status }: ExplainInput): readonly Finding[] {
  const { byzantine } = status.cluster.fault;
  return status.members
    .filter(({ exposed }) => exposed)
    .map(({ name }) => ({
      severity: "warning",
      members: [name],
      what: `${name} was caught saying two different things in one round`,
      rule:
        byzantine > 0 ? `up to stake ${byzantine} may lie` : "this cluster survives crashes, not lies (byzantine 0)",
      todo:
        byzantine > 0
          ? `take ${name} out of service and find out who controls it; its blocks count for nothing meanwhile`
          : `look for a second process with the key of ${name}, or a copy of its data directory: stop one of them`,
    }));
}

function explainPace({ status }: ExplainInput): readonly Finding[] {
  const others = status.members.filter(({ self }) => !self);
  const findings: Finding[] = [];
  for (const { name, round, commitIndex } of others.filter(({ up }) => up)) {
    const rounds = status.round - round;
    const commits = commitIndex === 0 ? 0 : status.commitIndex - commitIndex;
    if (rounds < BEHIND_ROUNDS && commits < BEHIND_COMMITS) continue;
    const much = rounds >= BEHIND_ROUNDS ? `${rounds} rounds` : `${commits} commits`;
    findings.push({
      severity: "warning",
      members: [name],
      what: `${name} is up but ${much} behind ${status.replica.name}`,
      todo: `look at the disk, the processor and the network of ${name}; nobody waits for it meanwhile`,
    });
  }
  const fastest = others.flatMap(({ rttMs, up }) => (up && rttMs !== null ? [rttMs] : [])).toSorted((a, b) => a - b);
  const median = fastest[fastest.length >> 1] ?? 0;
  for (const { name, rttMs, up } of others) {
    if (!up || rttMs === null || rttMs < SLOW_RTT_MS || rttMs < median * SLOW_RTT_TIMES) continue;
    findings.push({
      severity: "note",
      members: [name],
      what: `a round trip to ${name} takes ${Math.round(rttMs)} ms, to the median member ${median.toFixed(median < 10 ? 1 : 0)} ms`,
      todo: `nothing, where ${name} is that far away; else look at its load and its network`,
    });
  }
  return findings;
}

function explainClocks({ clockAheadMs = {}, status }: ExplainInput): readonly Finding[] {
  return Object.entries(clockAheadMs)
    .filter(([, ahead]) => Math.abs(ahead) >= CLOCK_NOTE_MS)
    .map(([name, ahead]) => ({
      severity: Math.abs(ahead) >= CLOCK_BOUND_MS ? "warning" : "note",
      members: [name],
      what: `the clock of ${name} is ${Math.round(Math.abs(ahead))} ms ${ahead > 0 ? "ahead of" : "behind"} that of ${status.replica.name}`,
      rule: `a block stamped more than ${CLOCK_BOUND_MS} ms ahead of the local clock is held until its time comes; order and safety do not depend on clocks`,
      todo: "keep the members' clocks together with NTP or chrony",
    }));
}

/** Who is missing, each with since when and why, where that is known. */
function describeDown(
  down: readonly MemberReport[],
  { replica }: StatusReport,
  problems: NonNullable<ExplainInput["linkProblems"]>,
): string {
  const uptimeMs = replica.uptimeSeconds * 1000;
  const each = down.map(({ name, rttMs, stake, silentMs }) => {
    // Whoever was heard has a round trip, however shortly after the start that was.
    const since =
      rttMs === null && silentMs + 1_000 >= uptimeMs
        ? `was not heard since ${replica.name} started ${printDuration(uptimeMs)} ago`
        : `was last heard ${printDuration(silentMs)} ago`;
    const problem = problems[name] === undefined ? "" : ` (${problems[name]})`;
    return `${name}${stake === 1 ? "" : ` (stake ${stake})`} ${since}${problem}`;
  });
  return join(each);
}

/** The fewest members whose return gives a quorum: the heaviest ones. */
function startEnough(down: readonly MemberReport[], short: number): string {
  const heaviest = down.toSorted((left, right) => right.stake - left.stake);
  let count = 0;
  for (let stake = 0; stake < short && count < heaviest.length; count++) stake += heaviest[count]!.stake;
  const names = heaviest.map(({ name }) => name);
  if (count === names.length) return `start ${join(names)}`;
  const equal = heaviest.every(({ stake }) => stake === heaviest[0]!.stake);
  if (equal) return `start ${count === 1 ? "one" : String(count)} of ${names.join(", ")}`;
  return `start ${join(names.slice(0, count))}, or others with stake ${short} together`;
}

function quorumRule({ cluster }: StatusReport): string {
  const { rule, fault, stake, quorum } = cluster;
  return rule === "cft2"
    ? `${rule}: n − c = ${stake} − ${fault.crash} = ${quorum}`
    : `${rule}: n − f − c = ${stake} − ${fault.byzantine} − ${fault.crash} = ${stake - fault.byzantine - fault.crash}`;
}
