// A plan as text for people.
import type { MemberCount } from "@quorate/core";
import type { ExpectedLatency } from "@quorate/sim";
import { columns, counted } from "../text.ts";
import type { Plan, PlannedMember } from "./plan.ts";

/** The whole text, ending with a line break. */
export function printPlan(plan: Plan): string {
  return [
    headline(plan),
    "",
    "thresholds, in stake",
    ...columns(thresholdRows(plan)),
    "",
    "survives",
    ...columns(toleranceRows(plan)),
    "",
    "quorums",
    ...quorumLines(plan),
    ...availabilityLines(plan),
    "",
    `expected latency${plan.members[0]!.latency.ms === undefined ? ", in one-way message delays (--regions gives milliseconds)" : ", in milliseconds"}`,
    ...columns([["member", "idle", "loaded", "read"], ...latencyRows(plan.members)]),
    ...(plan.notes.length === 0 ? [] : ["", "notes", ...plan.notes.map((note) => `  ${note}`)]),
    "",
  ].join("\n");
}

function headline({ rule, members, total, fault, slack }: Plan): string {
  const stake = total === members.length ? "" : ` with stake ${total}`;
  const who = `${counted(members.length, "member")}${stake}`;
  return rule === "cft2"
    ? `cft2: two rounds, nobody lies. ${who}; stake of ${fault.crash} may stop.`
    : `hyb3: three rounds, some may lie. ${who}; stake of ${fault.byzantine} may lie and ${fault.crash} more may stop (slack ${slack}).`;
}

function thresholdRows({ thresholds, reasons }: Plan): readonly (readonly string[])[] {
  return Object.entries(thresholds).flatMap(([name, stake]) => {
    const reason = reasons[name as keyof typeof reasons];
    return reason === undefined ? [] : [[name, String(stake), reason]];
  });
}

function toleranceRows({ rule, members, tolerance, fault }: Plan): readonly (readonly string[])[] {
  const tell = ({ any, best }: MemberCount) => {
    if (any === best) return any === 0 ? "none" : `any ${any} of ${members.length}`;
    return `${any === 0 ? "none" : `any ${any}`} for certain, up to ${best} of ${members.length} when they are the right ones`;
  };
  const rows = [["stopped", tell(tolerance.stopped)]];
  if (rule === "hyb3") {
    rows.push(["stopped, fast path", tell(tolerance.stoppedOnFastPath)]);
    rows.push(["lying", tell(tolerance.lying)]);
    rows.push([`stopped while ${fault.byzantine} lie`, tell(tolerance.stoppedBesideLiars)]);
  }
  return rows;
}

function quorumLines({ quorums }: Plan): readonly string[] {
  if (quorums.count === null) return ["  the stakes have too many different sums to count them"];
  const total = `${counted(quorums.count, "minimal quorum")}`;
  if (quorums.minimal === null) return [`  ${total}`];
  const shown = quorums.minimal.slice(0, 12).map((quorum) => quorum.join(" "));
  const more = quorums.minimal.length > shown.length ? ", …" : "";
  return [`  ${total}: ${shown.join(", ")}${more}`];
}

function availabilityLines({ availability, members, rule }: Plan): readonly string[] {
  if (members[0]!.reliability === undefined) return [];
  if (availability === null) return ["", "availability", "  the stakes have too many different sums to compute it"];
  const rows = [["commits", ...chance(availability.commits)]];
  if (rule === "hyb3") rows.push(["commits, fast path", ...chance(availability.fastCommits)]);
  return ["", "availability, members failing independently", ...columns(rows)];
}

const SECONDS_A_YEAR = 365.25 * 24 * 3600;

function chance(up: number): readonly string[] {
  const seconds = (1 - up) * SECONDS_A_YEAR;
  const [amount, unit] =
    seconds < 60
      ? [seconds, "s"]
      : seconds < 3600
        ? [seconds / 60, "min"]
        : seconds < 86_400
          ? [seconds / 3600, "h"]
          : [seconds / 86_400, "days"];
  return [`${(up * 100).toPrecision(10).replace(/\.?0+$/, "")} %`, `out for ${short(amount)} ${unit} a year`];
}

/** Members that may expect the same share a row. */
function latencyRows(members: readonly PlannedMember[]): readonly (readonly string[])[] {
  const rows = new Map<string, string[]>();
  for (const { name, region, latency } of members) {
    const { idle, loaded, read }: ExpectedLatency = latency.ms ?? latency.delays;
    const cells = [short(idle), short(loaded), short(read)];
    const key = `${region ?? ""} ${cells.join(" ")}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [region === undefined ? name : `${name} ${region}`, ...cells]);
    else row[0] = region === undefined ? `${row[0]} ${name}` : `${name} ${row[0]}`;
  }
  return [...rows.values()];
}

/** Enough digits to compare, none to be misled by. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
