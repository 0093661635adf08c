// Members caught making twins. Whoever is caught is not referenced any more; where members may lie that is also a rule of
// validity (V8): no parent by an author whose two blocks of one round are both in the block's history.
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
  readonly #twins = new Map<AuthorIndex, (readonly [AcceptedBlock, AcceptedBlock])[]>();
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
    const { author } = first;
    const pairs = this.#twins.get(author);
    if (pairs === undefined) this.#twins.set(author, [[first, second]]);
    else pairs.push([first, second]);
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

  /** The exposed author that a block with these parents may not reference, if there is one (V8). */
  exposedParent(round: Round, parents: readonly AcceptedBlock[]): AuthorIndex | undefined {
    if (this.#twins.size === 0) return undefined;
    const floor = round - exposureDepth(this.#context.limits);
    const pairs = parents.flatMap(({ author }) => this.#twins.get(author) ?? []).filter(([one]) => one.round >= floor);
    return pairs.length === 0 ? undefined : shownWhole(parents, pairs)?.[0].author;
  }

  forget(floor: Round): void {
    for (const [author, pairs] of this.#twins) {
      const kept = pairs.filter(([{ round }]) => round > floor);
      if (kept.length === 0) this.#twins.delete(author);
      else this.#twins.set(author, kept);
    }
  }
}

/** The first of the pairs that is whole in what these blocks reach. */
function shownWhole<Pair extends readonly [AcceptedBlock, AcceptedBlock]>(
  from: readonly AcceptedBlock[],
  pairs: readonly Pair[],
): Pair | undefined {
  let floor = pairs[0]![0].round;
  for (const [{ round }] of pairs) floor = Math.min(floor, round);
  // One walk for all pairs: a liar decides how many there are.
  const reached = traverse(from, ({ round }) => round > floor);
  return pairs.find(([first, second]) => reached.has(first) && reached.has(second));
}
