// Watches how much replicas hold, and remembers the most. Nothing may grow for ever: every size has a bound that follows
// from the limits and the tuning, and a size without one is itself a finding.
import {
  type AuthorIndex,
  DEFAULT_TUNING,
  type Limits,
  type Millis,
  type ReplicaStatus,
  type Tuning,
} from "@quorate/core";
import type { MemorySample } from "../checkers/types.ts";

/** What is looked at, besides the core's own account. */
export interface Holdings {
  readonly records: number;
}

export class MemoryWatch {
  readonly #now: () => Millis;
  readonly #most: (Record<string, number> | undefined)[] = [];

  constructor(now: () => Millis) {
    this.#now = now;
  }

  /** The most that each replica held of each kind. */
  get samples(): readonly MemorySample[] {
    return this.#most.flatMap((sizes, replica) => (sizes === undefined ? [] : [{ replica, at: this.#now(), sizes }]));
  }

  look(replica: AuthorIndex, status: ReplicaStatus, { records }: Holdings): void {
    this.#most[replica] ??= {};
    const most = this.#most[replica];
    raise(most, "pendingBlocks", status.pendingBlocks);
    raise(most, "queuedBytes", status.queuedBytes);
    raise(most, "dagRounds", status.round - status.floor);
    raise(most, "logRecords", records);
  }
}

/** What one of so many members may hold at most; `roundsMax` is how long the run was in rounds. */
export function memoryBounds(
  members: number,
  limits: Limits,
  tuning: Partial<Tuning>,
): Readonly<Record<string, number>> {
  const { pendingBlocksPerAuthorMax, queuedBytesMax, retainRounds } = { ...DEFAULT_TUNING, ...tuning };
  // A checkpoint comes every so many commits, a commit or more a round where all is well; where it is not, rounds without
  // commits come on top. The horizon moves with commits, and what is below it goes at the next checkpoint. While a laggard
  // fetches a snapshot the rounds since are kept for it, up to four horizons.
  const dagRounds = 5 * limits.gcDepth + retainRounds + 4 * limits.checkpointCommits + 256;
  return {
    pendingBlocks: members * pendingBlocksPerAuthorMax,
    queuedBytes: queuedBytesMax,
    dagRounds,
    // Twins may double what is kept of liars; cursors come on top.
    logRecords: 2 * members * dagRounds,
  };
}

function raise(most: Record<string, number>, name: string, size: number): void {
  if (!(size <= (most[name] ?? Number.NEGATIVE_INFINITY))) most[name] = size;
}
