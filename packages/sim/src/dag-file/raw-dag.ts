// What both forms of a DAG file are read into, before any rule is held against it.
import type { RuleName } from "@quorate/core";

/** Every slot up to the last one is listed, so a file may not name one that is absurdly far off. */
export const ANCHOR_ROUND_MAX = 1_000_000;

export interface RawDag {
  readonly members: readonly { readonly name: string; readonly stake: number }[];
  readonly fault: { readonly crash: number | undefined; readonly byzantine: number };
  readonly rule: RuleName | undefined;
  /** Slot owners by round. Undefined: the protocol's own schedule. */
  readonly anchors: ReadonlyMap<number, readonly string[]> | undefined;
  readonly blocks: readonly RawBlock[];
  readonly expectations: readonly RawExpectation[];
}

export interface RawBlock {
  readonly id: string;
  readonly author: string;
  readonly round: number;
  readonly digest: string | undefined;
  readonly parents: readonly string[];
}

export interface RawExpectation {
  readonly round: number;
  /** Undefined: every slot of the round, of which there must be one. */
  readonly author: string | undefined;
  readonly verdict: "commit" | "skip" | "undecided";
  readonly how: "direct" | "indirect" | undefined;
  readonly block: string | undefined;
}
