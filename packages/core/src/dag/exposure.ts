// Members caught making twins. Whoever is caught is not referenced any more, unless a round cannot go on without it; where
// members may lie there is also a rule of validity (V8): no parent whose own history holds two blocks of its author in one
// round.
//
// V8 asks about each parent alone, and not about what all parents hold together: whether a block may be a parent is then
// the same for everybody who has it, and a round that one member could build on serves all others as well. Members that
// left rounds out depend on that (docs/decisions/0005).
//
// The rule looks only so deep below the block that everybody who can reference the block still holds what it looks at:
// exposureDepth + weakDepth ≤ gcDepth (limits.ts). For a member that came back that holds only later: see doubts.ts.
import type { BlockContext } from "../codec/block-context.ts";
import { equivocationProof } from "../codec/evidence.ts";
import type { AuthorIndex, Round } from "../ids.ts";
import { exposureDepth } from "../limits.ts";
import { type AcceptedBlock, traverse } from "./accepted-block.ts";
import type { EquivocationProof } from "./block.ts";

export class Exposure {
  readonly #context: BlockContext;
  readonly #exposed = new Set<AuthorIndex>();
  /** The newest round of which two blocks of a member are here. */
  readonly #twinsAt = new Map<AuthorIndex, Round>();
  /** Proofs to be told in own blocks: once per author is enough. */
  readonly #untold: EquivocationProof[] = [];

  constructor(context: BlockContext) {
    this.#context = context;
  }

  isExposed(author: AuthorIndex): boolean {
    return this.#exposed.has(author);
  }

  /** Crash faults: an author whose chain forked. There is nothing to prove, only to avoid. */
  avoid(author: AuthorIndex): void {
    this.#exposed.add(author);
  }

  /** Two accepted blocks of one author and round. Returns whether that is news. */
  caught(first: AcceptedBlock, second: AcceptedBlock): boolean {
    const { author, round } = first;
    this.#twinsAt.set(author, Math.max(round, this.#twinsAt.get(author) ?? 0));
    if (this.#exposed.has(author)) return false;
    this.#exposed.add(author);
    this.#untold.push(equivocationProof(first.block, second.block));
    return true;
  }

  /** Somebody else's proof, already verified. Returns whether that is news. */
  told(proof: EquivocationProof): boolean {
    const untold = this.#untold.findIndex(({ author }) => author === proof.author);
    if (untold >= 0) this.#untold.splice(untold, 1);
    if (this.#exposed.has(proof.author)) return false;
    this.#exposed.add(proof.author);
    return true;
  }

  takeEvidence(): readonly EquivocationProof[] {
    return this.#untold.splice(0, this.#context.limits.evidencePerBlockMax);
  }

  /** What `forkedAt` of a block has to be. */
  forkOf(block: AcceptedBlock): Round {
    const floor = this.#floor(block.round);
    const twinsAt = this.#twinsAt.get(block.author);
    if (twinsAt === undefined || twinsAt < floor) return 0;
    const rounds = new Set<Round>();
    let newest = 0;
    traverse([block], ({ author, round }) => {
      if (author === block.author && round >= floor) {
        if (rounds.has(round)) newest = Math.max(newest, round);
        rounds.add(round);
      }
      return round > floor;
    });
    return newest;
  }

  /** V8: whether a block of that round may name this parent. */
  mayName(round: Round, parent: AcceptedBlock): boolean {
    return parent.forkedAt === 0 || parent.forkedAt < this.#floor(round);
  }

  #floor(round: Round): Round {
    return round - exposureDepth(this.#context.limits);
  }
}
