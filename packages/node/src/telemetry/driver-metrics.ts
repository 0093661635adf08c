// Metrics of the driver: what its turns, syncs and commits cost, and what became of commands and reads.
import type { Counter } from "prom-client";
import type { DriverObserver } from "../driver/driver.ts";
import type { Outcome } from "../running-replica.ts";
import { type Instruments, LATENCY_BUCKETS } from "./instruments.ts";

const OUTCOMES: Readonly<Record<Outcome["kind"], string>> = {
  reply: "committed",
  refused: "rejected",
  indeterminate: "indeterminate",
};

/** What the driver tells, as metrics. `members` are names by author index. */
export function driverMetrics({ counter, histogram }: Instruments, members: readonly string[]): DriverObserver {
  const inputs = counter("inputs_total", "Inputs of the core: frames, commands, ticks and the like.");
  const turns = histogram("turn_seconds", "How long the driver kept the event loop in one turn.", LATENCY_BUCKETS);
  const syncs = histogram("wal_fsync_seconds", "Group syncs of the block log.", LATENCY_BUCKETS);
  const commits = counter("commits_total", "Commits applied.");
  const blocks = counter("committed_blocks_total", "Blocks in the commits applied.");
  const commands = counter("committed_commands_total", "Commands in the commits applied, from all members.");
  const applying = histogram("apply_seconds", "Applying one commit.", LATENCY_BUCKETS);
  const proposals = counter("proposals_total", "Commands of this replica's clients, by outcome.", ["outcome"]);
  const latency = histogram(
    "propose_to_commit_seconds",
    "From a command's arrival at the driver to its reply; committed ones only.",
    LATENCY_BUCKETS,
  );
  const reads = counter("reads_total", "Linearizable reads of this replica's clients, by outcome.", ["outcome"]);
  const reading = histogram("read_seconds", "From a read's arrival at the driver to its reply.", LATENCY_BUCKETS);
  const evidence = counter("evidence_total", "Times that a member was caught saying two things.", ["member"]);
  const rejected = counter("rejected_frames_total", "What members sent and the core refused.", ["peer", "code"]);
  const divergence = counter(
    "divergence_total",
    "Times that this replica doubted its state because another member's differs; counted where nobody may lie.",
  );
  for (const outcome of Object.values(OUTCOMES)) for (const count of [proposals, reads]) count.inc({ outcome }, 0);
  const tell = (count: Counter, kind: Outcome["kind"]) => count.inc({ outcome: OUTCOMES[kind] });
  const nameOf = (author: number) => members[author] ?? "other";
  return {
    turned(facts) {
      inputs.inc(facts.inputs);
      turns.observe(facts.tookMs / 1000);
    },
    synced: ({ tookMs }) => syncs.observe(tookMs / 1000),
    committed(facts) {
      commits.inc();
      blocks.inc(facts.blocks);
      commands.inc(facts.commands);
      applying.observe(facts.tookMs / 1000);
    },
    answered(kind, tookMs) {
      tell(proposals, kind);
      if (kind === "reply") latency.observe(tookMs / 1000);
    },
    read(kind, tookMs) {
      tell(reads, kind);
      if (kind === "reply") reading.observe(tookMs / 1000);
    },
    evidence: (author) => evidence.inc({ member: nameOf(author) }),
    doubted: () => divergence.inc(),
    rejected: (from, code) => rejected.inc({ peer: nameOf(from), code }),
  };
}
