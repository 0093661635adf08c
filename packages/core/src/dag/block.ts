// A block is what an author says in one round: its parents, which are its votes, and the commands it carries.
import type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis } from "../ids.ts";

/** What an author last applied, told in its blocks: the tripwire that finds diverging replicas. */
export interface CommitVote {
  readonly index: CommitIndex;
  /** Digest over the chain of commits and the machine's state after that commit; 8 or 32 bytes as hex. */
  readonly digest: Digest;
}

/** Two signed headers of one author and round: proof that the author equivocated. */
export interface EquivocationProof {
  readonly author: AuthorIndex;
  /** The two blocks' signed header bytes, in order of their digests. */
  readonly headers: readonly [Uint8Array, Uint8Array];
}

/** What an author decides when it makes a block; the codec turns it into bytes and a name. */
export interface BlockContent {
  readonly epoch: number;
  readonly author: AuthorIndex;
  readonly round: number;
  /** The author's own latest earlier block comes first; at most one parent per author. */
  readonly parents: readonly BlockRef[];
  /** The author's wall clock; advisory, and never smaller than in its previous block. */
  readonly timestamp: Millis;
  /** First block after a lost disk: the gap below it proves nothing about the rounds in between. */
  readonly recovered: boolean;
  readonly commitVote: CommitVote | undefined;
  /** Empty under crash faults. */
  readonly evidence: readonly EquivocationProof[];
  /** The commands, each as its encoded bytes. The core never looks inside. */
  readonly payload: readonly Uint8Array[];
}

/** A block with its name and its canonical bytes: decoded, well-formed and, where it applies, signed. */
export interface Block extends BlockContent {
  /** Names the block: with an empty digest under crash faults. */
  readonly ref: BlockRef;
  /** Hash of the content; under crash faults the 8-byte tripwire, under Byzantine faults the name's digest. */
  readonly contentDigest: Digest;
  readonly payloadBytes: number;
  /** The canonical encoding, as sent and stored. */
  readonly bytes: Uint8Array;
}
