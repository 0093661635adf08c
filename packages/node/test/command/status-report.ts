// A status to test with: five members that are as they should be, and what a test wants to be different.
import type { MemberReport, StatusReport } from "@quorate/core/api";

type Changes = Partial<Omit<StatusReport, "members">> & {
  readonly members?: readonly Partial<MemberReport>[];
  readonly count?: number;
};

/** Five members, `a` reports, everything as it should be; and what is different. */
export function statusReport({ members = [], count = 5, ...rest }: Changes = {}): StatusReport {
  const all = Array.from({ length: count }, (_, index): MemberReport => {
    const self = index === 0;
    const plain = {
      stake: 1,
      self,
      up: true,
      round: 90,
      commitIndex: 40,
      silentMs: 0,
      rttMs: self ? null : 1,
      exposed: false,
    };
    return { name: "abcdefghi"[index]!, index, ...plain, ...members[index] };
  });
  const stake = all.reduce((sum, one) => sum + one.stake, 0);
  const reachable = all.reduce((sum, one) => sum + (one.self || one.up ? one.stake : 0), 0);
  const crash = Math.floor((stake - 1) / 2);
  const needed = stake - crash;
  const reached = reachable >= needed;
  return {
    version: "0.1.0",
    cluster: { id: "00".repeat(16), rule: "cft2", fault: { crash, byzantine: 0 }, stake, quorum: needed },
    replica: { name: "a", index: 0, uptimeSeconds: 600, incarnation: 1, durability: "fsync" },
    mode: "normal",
    ready: reached,
    quorum: { reachable, needed, reached },
    round: 90,
    ownRound: 90,
    undecidedRound: 89,
    commitIndex: 40,
    appliedIndex: 40,
    logTime: 0,
    storage: { logBytes: 0, flushedIndex: 40, pressure: "none" },
    doors: [],
    members: all,
    ...rest,
  };
}
