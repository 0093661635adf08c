// A DAG written down: what `quorate decide` reads, and what scenarios of the rule of agreement are kept as. Two forms, one
// meaning: JSON for programs, and text with a line a round for people (docs/dag-files.md describes both).
import type { AuthorIndex, Committee, DagBlock, Schedule } from "@quorate/core";

/** A block of a DAG file. Its digest is only as good as needed to order twins: the file's digest, then the id. */
export interface FileBlock extends DagBlock {
  readonly id: string;
  readonly parents: readonly FileBlock[];
}

/** What a file's author expects of a slot, or of all slots of a round; only the text form can say it. */
export interface Expectation {
  readonly round: number;
  /** Undefined: every slot of the round, of which there must be one. */
  readonly author: AuthorIndex | undefined;
  readonly verdict: "commit" | "skip" | "undecided";
  readonly how: "direct" | "indirect" | undefined;
  readonly block: string | undefined;
}

/** A DAG that keeps the structural rules, ready to be decided. */
export interface DagFile {
  readonly committee: Committee;
  readonly schedule: Schedule;
  /** Slots up to this round are listed in answers. */
  readonly throughRound: number;
  /** Parents before children; round 0 is not among them. */
  readonly blocks: readonly FileBlock[];
  readonly expectations: readonly Expectation[];
}
