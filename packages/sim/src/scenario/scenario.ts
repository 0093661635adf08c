// A scenario says what kind of cluster meets which faults under which load, and what must come of it. With a seed it is a
// run: the same two give the same events.
import {
  type AuthorIndex,
  type Committee,
  createCommittee,
  DEFAULT_LIMITS,
  type FaultBounds,
  type Limits,
  type Millis,
  type Mutations,
  type Tuning,
} from "@quorate/core";
import type { AdversarySpec } from "../adversary/spec.ts";
import { DEFAULT_WORKLOAD, type WorkloadSpec } from "../client/workload.ts";
import type { TimedFault } from "../fault/fault.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";
import type { ToyReply } from "../toy/toy-reply.ts";
import type { Workload } from "../workload/workload.ts";
import type { DelayModel } from "../world/delays.ts";
import { type DiskModel, FAST_DISK } from "../world/disk.ts";

export interface Scenario<Reply = ToyReply> {
  readonly name: string;
  /** One sentence: what it shows. */
  readonly about: string;
  /** Stake by member. */
  readonly stakes: readonly number[];
  readonly fault: FaultBounds;
  readonly limits: Partial<Limits>;
  readonly tuning: Partial<Tuning>;
  /** Tuning of single members, over the common one. */
  readonly tuningOf?: (member: AuthorIndex) => Partial<Tuning>;
  readonly mutations: Mutations;
  readonly delays: DelayModel;
  /** How long after a cut an end notices it, at least and at most. */
  readonly noticeMs: readonly [Millis, Millis];
  readonly disk: DiskModel;
  readonly workload: WorkloadSpec;
  /** The machine and its clients, if not the toy machine; the pace of `workload` holds for them as well. */
  readonly uses?: Workload<Reply>;
  readonly faults: readonly TimedFault[];
  readonly adversaries: readonly AdversarySpec[];
  /** The part with faults goes on at least so long, and until both counts are reached, but at most so long. */
  readonly chaosMs: readonly [Millis, Millis];
  readonly rounds: number;
  readonly operations: number;
  /** After healing clients go on so long, and then everything must be answered and applied within the bound. */
  readonly calmMs: Millis;
  readonly boundMs: Millis;
  /** Judges histories with the search for a linearisation. */
  readonly judgeHistories: boolean;
  /** Plans things that no schedule of faults can say. */
  script?(run: ScenarioRun<Reply>): void;
  /** What this scenario promises beyond what every run promises: reasons why it was broken. */
  promise?(run: ScenarioRun<Reply>): readonly Complaint[];
  /** Replicas may stop by themselves with these reasons. */
  readonly mayHalt?: readonly string[];
}

/** What a judge found wrong: an exit code is made of the kind, a report of the text. */
export interface Complaint {
  readonly kind: "safety" | "no-progress";
  readonly text: string;
}

const BASE: Omit<Scenario<never>, "name" | "about" | "uses" | "script" | "promise"> = {
  stakes: [1, 1, 1],
  fault: { crash: 1, byzantine: 0 },
  limits: {},
  tuning: {},
  mutations: {},
  delays: { kind: "constant", ms: 10 },
  noticeMs: [200, 600],
  disk: FAST_DISK,
  workload: DEFAULT_WORKLOAD,
  faults: [],
  adversaries: [],
  chaosMs: [2_000, 60_000],
  rounds: 0,
  operations: 0,
  calmMs: 300,
  boundMs: 30_000,
  judgeHistories: true,
};

/** A scenario from what it cares about; everything else is calm and ordinary. */
export function defineScenario<Reply = ToyReply>(
  parts: Pick<Scenario, "name" | "about"> & Partial<Scenario<Reply>>,
): Scenario<Reply> {
  return { ...BASE, ...parts };
}

/** Members of equal weight. */
export function equalStakes(members: number): readonly number[] {
  return Array.from({ length: members }, () => 1);
}

export function committeeOf({ stakes, fault }: Pick<Scenario, "stakes" | "fault">): Committee {
  return createCommittee({
    members: stakes.map((stake, index) => ({ name: `m${index}`, stake, publicKey: new Uint8Array(0) })),
    fault,
  });
}

export function limitsOf({ limits }: Pick<Scenario, "limits">): Limits {
  return { ...DEFAULT_LIMITS, ...limits };
}
