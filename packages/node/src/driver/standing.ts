// Where a replica stands, put together from what the core, the log and the state know.
import type { AuthorIndex, Committee, Genesis, ReplicaStatus } from "@quorate/core";
import type { ExplainReport, StatusReport } from "@quorate/core/api";
import { readVersion } from "../command/version.ts";
import type { SpacePressure } from "../storage/block-log.ts";
import type { Durability } from "../storage/data-directory.ts";
import { whyBehind } from "./lag.ts";
import type { Life } from "./life.ts";

export interface StandingOptions {
  /** Left out while one life has ended and the next has not begun. */
  readonly life: Life | undefined;
  readonly committee: Committee;
  readonly genesis: Genesis;
  readonly self: AuthorIndex;
  readonly durability: Durability;
  readonly pressure: SpacePressure;
  readonly uptimeMs: number;
  readonly isClosing: boolean;
  readonly doors: StatusReport["doors"];
}

/** Rounds whose slots are told when something waits. */
const WAITING_ROUNDS = 3;

const NOTHING: ReplicaStatus = {
  mode: "recovering",
  round: 0,
  ownRound: 0,
  ownStamp: 0,
  undecidedRound: 0,
  commitIndex: 0,
  appliedIndex: 0,
  horizon: 0,
  floor: 0,
  logTime: 0,
  reachableStake: 0,
  pendingBlocks: 0,
  queuedBytes: 0,
};

export function statusOf(options: StandingOptions): StatusReport {
  const { committee, durability, genesis, isClosing, life, pressure, self, uptimeMs } = options;
  const status = life?.core.status() ?? NOTHING;
  const { thresholds } = committee;
  const standings = life?.core.members();
  return {
    version: readVersion(),
    cluster: {
      id: genesis.clusterId,
      rule: thresholds.rule,
      fault: genesis.fault,
      stake: thresholds.total,
      quorum: thresholds.commit,
    },
    replica: {
      name: committee.members[self]!.name,
      index: self,
      uptimeSeconds: Math.floor(uptimeMs / 1_000),
      incarnation: life?.data.incarnation ?? 0,
      durability,
    },
    mode: status.mode,
    ready: !isClosing && readinessOf(options).ready,
    quorum: {
      reachable: status.reachableStake,
      needed: thresholds.parents,
      reached: status.reachableStake >= thresholds.parents,
    },
    round: status.round,
    ownRound: status.ownRound,
    undecidedRound: status.undecidedRound,
    commitIndex: status.commitIndex,
    appliedIndex: status.appliedIndex,
    logTime: status.logTime,
    storage: {
      logBytes: life?.data.blockLog?.bytes ?? 0,
      flushedIndex: life?.flushedIndex() ?? 0,
      pressure,
    },
    doors: options.doors,
    members: committee.members.map(({ name, stake }, index) => {
      const standing = standings?.[index];
      return {
        name,
        index,
        stake,
        self: index === self,
        up: standing?.up ?? false,
        round: standing?.round ?? 0,
        commitIndex: standing?.claimedIndex ?? 0,
        silentMs: Math.round(life?.driver.silentMs(index) ?? 0),
        rttMs: standing?.roundTripMs ?? null,
        exposed: standing?.exposed ?? false,
      };
    }),
  };
}

/** Whether linearizable operations can be served, and if not, why. */
export function readinessOf({
  committee,
  genesis,
  life,
  self,
}: Pick<StandingOptions, "committee" | "genesis" | "life" | "self">): {
  readonly ready: boolean;
  readonly why: string;
} {
  const { mode, reachableStake } = life?.core.status() ?? NOTHING;
  const { parents } = committee.thresholds;
  if (mode !== "normal") return { ready: false, why: MODES[mode] };
  const reached = `it reaches stake ${reachableStake}`;
  if (reachableStake < parents) return { ready: false, why: `${reached} and a quorum is ${parents}` };
  const recovering = committee.members.filter((_, index) => life?.driver.isRecovering(index));
  const stake = recovering.reduce((sum, member) => sum + member.stake, 0);
  if (reachableStake - stake >= parents) {
    const why = life && whyBehind({ core: life.core, committee, limits: genesis.limits, self });
    return { ready: why === undefined, why: why ?? "" };
  }
  const names = recovering.map(({ name }) => name).join(", ");
  return {
    ready: false,
    why: `${reached}, of which ${stake} recovers from a lost disk and cannot vote yet (${names}), and a quorum is ${parents}`,
  };
}

const MODES: Readonly<Record<Exclude<ReplicaStatus["mode"], "normal">, string>> = {
  recovering: "it lost its past and hears from the others what it may have said",
  restoring: "it fetches a snapshot of the state from another member",
  suspicious: "its state differs from another member's and it asks who is right",
  halted: "it stopped itself",
};

/** The oldest rounds that are not decided, where something waits. */
export function waitingOf(life: Life | undefined): ExplainReport["waiting"] {
  if (life === undefined) return [];
  const { round, undecidedRound } = life.core.status();
  const rounds = Math.min(WAITING_ROUNDS, round - undecidedRound + 1);
  return Array.from({ length: Math.max(0, rounds) }, (_, nth) => {
    const waiting = undecidedRound + nth;
    return { round: waiting, because: life.core.explain(waiting) };
  });
}
