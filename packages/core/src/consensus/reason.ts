// Why a slot has its verdict, as figures first and as a sentence on demand: the oracle and the incremental decider give
// the same reasons, and the hot path builds no text.
import type { Thresholds } from "../committee/quorum.ts";
import type { DagBlock } from "../dag/dag-block.ts";
import { printRef, printSlot, type Slot } from "../ids.ts";

/** What decided a slot, or what it still lacks. All figures are stake. */
export type Reason<B extends DagBlock = DagBlock> =
  /** Commit: that many votes. */
  | { readonly kind: "votes"; readonly block: B; readonly votes: number }
  /** Commit: that many certificates. */
  | { readonly kind: "certificates"; readonly block: B; readonly certificates: number }
  /** Skip: that many blames. */
  | { readonly kind: "blames"; readonly blames: number }
  /** Commit: the anchor's history holds a certificate. */
  | { readonly kind: "certified"; readonly block: B; readonly anchor: B; readonly rivals: number }
  /** Commit: the anchor's history holds enough votes. */
  | { readonly kind: "linked"; readonly block: B; readonly anchor: B; readonly votes: number; readonly rivals: number }
  /** Skip: the anchor's history holds enough for no candidate; `votes` is the most that any has. */
  | { readonly kind: "unlinked"; readonly anchor: B; readonly votes: number }
  /** Undecided: the best figures so far, and the slot that would be the anchor, if its round has been reached. */
  | {
      readonly kind: "waiting";
      readonly votes: number;
      readonly certificates: number;
      readonly blames: number;
      readonly anchor: Slot | undefined;
    };

/** How a sentence calls blocks and slots. */
export interface Names<B extends DagBlock = DagBlock> {
  readonly block: (block: B) => string;
  readonly slot: (slot: Slot) => string;
}

/** Letters and rounds: `A3`, or `A3#9f2c` where a digest tells twins apart. */
export const PLAIN_NAMES: Names = { block: printRef, slot: printSlot };

/** A reason as one sentence, with the thresholds that it was held against. */
export function printReason<B extends DagBlock>(
  slot: Slot,
  reason: Reason<B>,
  thresholds: Thresholds,
  names: Names<B> = PLAIN_NAMES,
): string {
  const { commit, certificate, slow, skip, link, wave } = thresholds;
  const { round } = slot;
  switch (reason.kind) {
    case "votes":
      return `${names.block(reason.block)} has votes of stake ${reason.votes} in round ${round + 1}, and ${commit} commit`;
    case "certificates":
      return (
        `${names.block(reason.block)} has certificates (votes of stake ${certificate}) by stake ${reason.certificates} ` +
        `in round ${round + 2}, and ${slow} commit`
      );
    case "blames":
      return `blames of stake ${reason.blames} in round ${round + 1}, and ${skip} skip`;
    case "certified":
      return (
        `a certificate for ${names.block(reason.block)} is in the history of the anchor ${names.block(reason.anchor)}` +
        printRivals(reason.rivals)
      );
    case "linked":
      return (
        `votes of stake ${reason.votes} for ${names.block(reason.block)} are in the history of the anchor ` +
        `${names.block(reason.anchor)}, and ${link} link${printRivals(reason.rivals)}`
      );
    case "unlinked":
      return (
        `the history of the anchor ${names.block(reason.anchor)} has votes of stake ${reason.votes} at most for a ` +
        `candidate, and ${link} would link${wave === 3 ? "; nor has it a certificate" : ""}`
      );
    case "waiting": {
      const certificates = wave === 3 ? `, ${reason.certificates} of ${slow} certificates` : "";
      const anchor =
        reason.anchor === undefined
          ? `no slot of round ${round + wave} or later can be its anchor yet`
          : `its anchor would be ${names.slot(reason.anchor)}, which is undecided`;
      return `${reason.votes} of ${commit} votes${certificates}, ${reason.blames} of ${skip} blames; ${anchor}`;
    }
  }
}

function printRivals(rivals: number): string {
  return rivals === 0 ? "" : ` (the least digest of ${rivals + 1} twins that qualify)`;
}
