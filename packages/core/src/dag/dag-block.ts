// A block in its place: the view of the DAG that the decision rule and the order of commits read.
import type { AuthorIndex, Digest, Round } from "../ids.ts";

/**
 * An accepted block with its parents resolved. Parents below the horizon are simply absent, and a forgotten block
 * drops its own parents, so that memory does not hang on by chains of old blocks.
 */
export interface DagBlock {
  readonly round: Round;
  readonly author: AuthorIndex;
  /** Settles ties between twins. */
  readonly digest: Digest;
  readonly parents: readonly DagBlock[];
}
