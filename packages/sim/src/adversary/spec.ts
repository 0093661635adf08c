// Which members lie, and how, as data.
import type { AuthorIndex } from "@quorate/core";
import type { Coalition } from "./coalition.ts";

/** Ways to misbehave; a member may have several at the same time. */
export type BehaviourName =
  /** Says nothing at all, whatever other behaviours it has. */
  | "silent"
  /** Makes two blocks in a round and tells each half of the members one of them, for several rounds on end; and third ones. */
  | "equivocate"
  /** Tells its block to too few, in turns: one less than commit, or just so many that others must fetch it. */
  | "withhold"
  /** Where others made twins, votes for one towards some and for the other towards the rest. */
  | "vote-both"
  /** Builds a chain in private and lets go of it all at once. */
  | "chain-bomb"
  /** Blocks a million rounds ahead with invented parents. */
  | "far-future"
  /** Blocks in others' names, and blocks with a byte changed. */
  | "forge"
  /** Sends old frames again. */
  | "replay"
  /** Stamps from the end of time, and from its beginning; blocks as large as can be that wait for the former. */
  | "poison-time"
  /** Bytes without meaning, frames cut short, and blocks in frames full of nothing. */
  | "garbage"
  /**
   * Tells readers and recovering members of an old head or of none, and others of standings that are made up; offers states
   * that are not what they are called.
   */
  | "under-report"
  /** Votes for commits with made-up digests. */
  | "lie-votes"
  /** Never hands over what it is asked for, and asks for more than it could use. */
  | "stingy";

export type AdversarySpec =
  | {
      readonly kind: "crafting";
      readonly members: readonly AuthorIndex[];
      readonly behaviours: readonly BehaviourName[];
    }
  /** Two real cores under one name, each talking to its own part of the members. */
  | { readonly kind: "twins"; readonly members: readonly AuthorIndex[] }
  /** A scripted coalition: what it says, to whom and when is the script's. */
  | {
      readonly kind: "scripted";
      readonly members: readonly AuthorIndex[];
      readonly script: (coalition: Coalition) => void;
    };
