// An accepted block as the decider knows it: what it references, as sets of positions.
import type { Bits } from "../bits.ts";
import type { DagBlock } from "../dag/dag-block.ts";

/** Holds no other entry, so that no chain of them keeps memory alive. */
export interface Entry<B extends DagBlock> {
  readonly block: B;
  /** Position among the blocks of its round. */
  readonly index: number;
  /** Which blocks of the round below it references. */
  readonly votes: Bits;
  /** Older parents, as pairs of round and index. */
  readonly late: readonly number[];
  /** Which blocks two rounds below it certifies; only complete for slots that were undecided when it was accepted. */
  certificates: Bits;
}
