// Bounds that every member must share: they are part of the genesis, because a block that one member accepts and
// another refuses would split the cluster. Local bounds (buffers, time-outs) live in the replica's options.
import { invariant } from "./invariant.ts";

export interface Limits {
  /** Rounds below the previous anchor at which a block can no longer be ordered (the inclusion horizon). */
  readonly gcDepth: number;
  /** How many rounds below its child a parent may be. */
  readonly weakDepth: number;
  /** Commands of one block together, so that votes never queue behind bulk. */
  readonly payloadBytesMax: number;
  readonly commandsPerBlockMax: number;
  /** Proofs of equivocation in one block. */
  readonly evidencePerBlockMax: number;
  /** Commits between two checkpoints: points from which the log can be derived again. */
  readonly checkpointCommits: number;
}

export const DEFAULT_LIMITS: Limits = {
  gcDepth: 512,
  weakDepth: 256,
  payloadBytesMax: 256 * 1024,
  commandsPerBlockMax: 16_384,
  evidencePerBlockMax: 1,
  checkpointCommits: 512,
};

/** A frame from a peer is refused above this before anything is allocated for it. */
export const FRAME_BYTES_MAX: number = 4 * 1024 * 1024;

/** How far below a block two twins still expose their author in it (rule V8). See docs/protocol.md. */
export function exposureDepth(limits: Limits): number {
  return Math.floor(limits.gcDepth / 8);
}

/** Asserts what the rules rest on. */
export function checkLimits(limits: Limits): void {
  for (const [name, value] of Object.entries(limits)) {
    invariant(Number.isSafeInteger(value) && value > 0, `limit ${name} must be a positive integer, not ${value}`);
  }
  invariant(limits.weakDepth >= 2, "weakDepth below 2 would leave no room for late blocks");
  invariant(
    limits.weakDepth + exposureDepth(limits) <= limits.gcDepth,
    "weakDepth + gcDepth / 8 must not exceed gcDepth: a block's twins must be above the horizon wherever it may be a parent",
  );
}
