// What a decider says of a slot, and why.

import type { DagBlock } from "../dag/dag-block.ts";
import type { Slot } from "../ids.ts";

/** A slot's verdict. `because` is a sentence with the figures that decided it. */
export type Verdict<B extends DagBlock = DagBlock> =
  | { readonly kind: "commit"; readonly block: B; readonly how: "direct" | "indirect" }
  | { readonly kind: "skip"; readonly how: "direct" | "indirect" }
  | { readonly kind: "undecided" };

/** A decided slot, in slot order. */
export interface Decision<B extends DagBlock = DagBlock> {
  readonly slot: Slot;
  readonly verdict: Exclude<Verdict<B>, { kind: "undecided" }>;
}

/** Which members own the slots of a round, in rank order: slots are decided in that order, round by round. */
export type Schedule = (round: number) => readonly number[];
