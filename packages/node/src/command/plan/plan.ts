// Everything that follows from a committee before the first machine is bought: computed here as one record, which is
// also what `--json` prints.
import {
  authorName,
  availability,
  type Committee,
  countMinimalQuorums,
  createCommittee,
  type MemberCount,
  minimalQuorums,
  type RuleName,
  tolerance,
} from "@quorate/core";
import { type ExpectedLatency, expectedLatency, oneWayDelayMs, type RegionName } from "@quorate/sim";
import { notesOn } from "./notes.ts";
import { type PlannedThresholds, planThresholds, type Reasons, reasonsFor } from "./reasons.ts";

/** What is planned. Lists hold one entry for each member. */
export interface PlanRequest {
  readonly stakes: readonly number[];
  readonly crash: number;
  readonly byzantine: number;
  readonly regions: readonly RegionName[] | undefined;
  readonly reliabilities: readonly number[] | undefined;
}

export interface PlannedMember {
  readonly name: string;
  readonly stake: number;
  readonly region?: RegionName;
  readonly reliability?: number;
  readonly latency: {
    /** In one-way message delays, all distances equal. */
    readonly delays: ExpectedLatency;
    /** In milliseconds, where regions were given. */
    readonly ms?: ExpectedLatency;
  };
}

export interface Plan {
  readonly rule: RuleName;
  readonly total: number;
  readonly fault: { readonly crash: number; readonly byzantine: number };
  /** Slack k and wave length w of the rule. */
  readonly slack: number;
  readonly wave: number;
  readonly thresholds: PlannedThresholds;
  readonly reasons: Reasons;
  readonly tolerance: {
    readonly stopped: MemberCount;
    readonly lying: MemberCount;
    readonly stoppedBesideLiars: MemberCount;
    readonly stoppedOnFastPath: MemberCount;
    readonly critical: readonly string[];
    /** `null`: too many different sums of stake to tell. */
    readonly powerless: readonly string[] | null;
  };
  readonly quorums: {
    /** `null`: too many different sums of stake to count. */
    readonly count: number | null;
    /** `null`: more of them than are listed. */
    readonly minimal: readonly (readonly string[])[] | null;
  };
  /** `null` without reliabilities, and where the stakes have too many different sums. */
  readonly availability: { readonly commits: number; readonly fastCommits: number } | null;
  readonly members: readonly PlannedMember[];
  readonly notes: readonly string[];
}

/** Minimal quorums are listed up to this many. */
export const QUORUMS_LIST_MAX = 128;

/** Computes a plan, or throws a `ConfigurationError` for a committee that cannot work. */
export function makePlan({ stakes, crash, byzantine, regions, reliabilities }: PlanRequest): Plan {
  const committee = createCommittee({
    members: stakes.map((stake, index) => ({ name: authorName(index), stake, publicKey: new Uint8Array() })),
    fault: { crash, byzantine },
  });
  const { thresholds, members } = committee;
  const nameOf = (member: number) => members[member]!.name;
  const survives = tolerance(stakes, thresholds);
  const minimal = minimalQuorums(stakes, { needed: thresholds.parents, listMax: QUORUMS_LIST_MAX });
  return {
    rule: thresholds.rule,
    total: thresholds.total,
    fault: committee.fault,
    slack: thresholds.slack,
    wave: thresholds.wave,
    thresholds: planThresholds(thresholds),
    reasons: reasonsFor(thresholds.rule),
    tolerance: {
      ...survives,
      critical: survives.critical.map(nameOf),
      powerless: survives.powerless?.map(nameOf) ?? null,
    },
    quorums: {
      count: countMinimalQuorums(stakes, thresholds.parents) ?? null,
      minimal: minimal?.map((quorum) => quorum.map(nameOf)) ?? null,
    },
    availability: availabilityOf(committee, reliabilities),
    members: plannedMembers(committee, { regions, reliabilities }),
    notes: notesOn(committee, survives),
  };
}

function availabilityOf(
  { stakes, thresholds }: Committee,
  reliabilities: PlanRequest["reliabilities"],
): Plan["availability"] {
  if (reliabilities === undefined) return null;
  const commits = availability(stakes, { reliabilities, needed: thresholds.parents });
  const fastCommits = availability(stakes, { reliabilities, needed: thresholds.commit });
  return commits === undefined || fastCommits === undefined ? null : { commits, fastCommits };
}

function plannedMembers(
  committee: Committee,
  { regions, reliabilities }: Pick<PlanRequest, "regions" | "reliabilities">,
): readonly PlannedMember[] {
  const delays = expectedLatency(committee, () => 1);
  const ms = regions && expectedLatency(committee, (from, to) => oneWayDelayMs(regions[from]!, regions[to]!));
  return committee.members.map(({ name, stake }, member) => ({
    name,
    stake,
    ...(regions && { region: regions[member]! }),
    ...(reliabilities && { reliability: reliabilities[member]! }),
    latency: { delays: rounded(delays[member]!), ...(ms && { ms: rounded(ms[member]!) }) },
  }));
}

/** Digits beyond a thousandth are noise of the arithmetic. */
function rounded({ idle, loaded, read }: ExpectedLatency): ExpectedLatency {
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return { idle: round(idle), loaded: round(loaded), read: round(read) };
}
