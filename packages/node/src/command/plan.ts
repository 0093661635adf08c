// `quorate plan`: what a committee would be worth, before it exists.
import { defaultCrash, MEMBERS_MAX, STAKE_TOTAL_MAX, totalStake } from "@quorate/core";
import { isRegion, REGIONS, type RegionName } from "@quorate/sim";
import type { Args } from "./args.ts";
import { EXIT } from "./exit-code.ts";
import { nearest } from "./nearest.ts";
import { makePlan, type PlanRequest, QUORUMS_LIST_MAX } from "./plan/plan.ts";
import { printPlan } from "./plan/print.ts";
import { UsageError } from "./usage-error.ts";
import type { Verb } from "./verb.ts";

export const plan: Verb = {
  name: "plan",
  summary: "thresholds, tolerance, availability and expected latency of a committee",
  flags: {
    members: { kind: "value", value: "N", help: "how many members; left out, as many as --stakes or --regions name" },
    crash: { kind: "value", value: "c", help: "stake that may stop; left out, as much as fits beside --byzantine" },
    byzantine: { kind: "value", value: "f", help: "stake that may lie; left out, 0" },
    stakes: { kind: "value", value: "3,1,1", help: "stake of each member; left out, 1 each" },
    regions: { kind: "value", value: "a,b,c", help: "where each member stands, for latency in milliseconds" },
    reliability: { kind: "value", value: "0.99", help: "share of time a member is up: one for all, or a list" },
  },
  details: `regions
  ${REGIONS.slice(0, 6).join(", ")},
  ${REGIONS.slice(6).join(", ")}

expected latency
  From the member that received a command to its reply: everybody up, message delays only.
  idle: the command wakes the cluster. loaded: it waits for the next block. read: a linearizable
  read that writes nothing. Disk and processor time come on top.

--json prints one object
  rule         "cft2" or "hyb3"
  total, fault { crash, byzantine }, slack, wave
  thresholds   { parents, commit, certificate, slow, skip, link, read, recovery, active, client }
  reasons      { name: text } for the thresholds that the rule has a use for
  tolerance    { stopped, lying, stoppedBesideLiars, stoppedOnFastPath: { any, best } in members,
                 critical: [name], powerless: [name] or null }
  quorums      { count, minimal: [[name]], or null beyond ${QUORUMS_LIST_MAX} }
  availability { commits, fastCommits } from 0 to 1, null without --reliability
  members      [{ name, stake, region?, reliability?,
                  latency: { delays: { idle, loaded, read }, ms?: { idle, loaded, read } } }]
  notes        [text]
  A committee that cannot work gives { error: { code: "configuration", message } } and exit code ${EXIT.configuration}.

examples
  quorate plan --members 5
  quorate plan --members 7 --byzantine 1 --reliability 0.99
  quorate plan --regions dublin,london,virginia --json`,
  async run(args, io) {
    const result = makePlan(readRequest(args));
    io.stdout(args.has("json") ? `${JSON.stringify(result)}\n` : printPlan(result));
    return EXIT.ok;
  },
};

function readRequest(args: Args): PlanRequest {
  const stakesGiven = args.wholes("stakes", { min: 1, max: STAKE_TOTAL_MAX });
  const regions = args.list("regions")?.map(readRegion);
  const reliabilities = args.list("reliability")?.map(readReliability);
  const count =
    args.whole("members", { min: 1, max: MEMBERS_MAX }) ??
    stakesGiven?.length ??
    regions?.length ??
    (reliabilities !== undefined && reliabilities.length > 1 ? reliabilities.length : undefined);
  if (count === undefined)
    throw new UsageError("plan needs to know how many members: --members N, --stakes or --regions");
  if (reliabilities?.length === 1) while (reliabilities.length < count) reliabilities.push(reliabilities[0]!);
  for (const [name, list] of Object.entries({ stakes: stakesGiven, regions, reliability: reliabilities })) {
    if (list !== undefined && list.length !== count) {
      throw new UsageError(`--${name} names ${list.length}, but there are ${count} members: give one for each`);
    }
  }
  const stakes = stakesGiven ?? Array.from({ length: count }, () => 1);
  const byzantine = args.whole("byzantine", { min: 0, max: STAKE_TOTAL_MAX }) ?? 0;
  const crash = args.whole("crash", { min: 0, max: STAKE_TOTAL_MAX }) ?? defaultCrash(totalStake(stakes), byzantine);
  return { stakes, crash, byzantine, regions, reliabilities };
}

function readRegion(name: string): RegionName {
  if (isRegion(name)) return name;
  const near = nearest(name, REGIONS);
  const hint = near === undefined ? `; known are ${REGIONS.join(", ")}` : `; did you mean ${near}?`;
  throw new UsageError(`there is no region ${JSON.stringify(name)}${hint}`);
}

function readReliability(text: string): number {
  const value = /^(0|1|0?\.\d+|1\.0+)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`--reliability takes numbers from 0 to 1, such as 0.99, not ${JSON.stringify(text)}`);
}
