// The rule of agreement as it is written down, and nothing else: a pure function from a DAG to verdicts. It is slow and
// obvious on purpose. The decider that production uses is judged by it on every DAG under every order of arrival.
//
// A vote for a block is a direct reference from the next round; a blame of a slot is a block of the next round that
// references none of its candidates; a certificate is a block two rounds on whose parents hold enough votes. Amounts
// are stake of authors, never numbers of blocks: twins of one author count once on each side.
import type { Thresholds } from "../committee/quorum.ts";
import type { DagBlock } from "../dag/dag-block.ts";
import type { AuthorIndex, Round, Slot } from "../ids.ts";
import { compareDigests } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { type Names, PLAIN_NAMES, printReason, type Reason } from "./reason.ts";
import type { Schedule, Verdict } from "./verdict.ts";

export interface OracleOptions<B extends DagBlock = DagBlock> {
  readonly thresholds: Thresholds;
  /** Stake by author index. */
  readonly stakes: readonly number[];
  readonly schedule: Schedule;
  /** Last round whose slots are listed; by default the highest round of any block. */
  readonly throughRound?: Round;
  /** How sentences call blocks and slots. */
  readonly names?: Names<B>;
}

/** A slot with its verdict and the sentence that says why. */
export interface OracleVerdict<B extends DagBlock = DagBlock> {
  readonly slot: Slot;
  readonly verdict: Verdict<B>;
  readonly because: string;
}

/** Verdicts of every slot from round 1 on, in slot order, of an ancestor-closed set of blocks given in any order. */
export function decide<B extends DagBlock>(blocks: readonly B[], options: OracleOptions<B>): OracleVerdict<B>[] {
  const dag = new Map<Round, B[]>();
  for (const block of blocks) {
    const sameRound = dag.get(block.round);
    if (sameRound === undefined) dag.set(block.round, [block]);
    else sameRound.push(block);
  }
  const highest = Math.max(0, ...dag.keys());
  const throughRound = options.throughRound ?? highest;

  const slots: Slot[] = [];
  for (let round = 1; round <= Math.max(highest, throughRound); round++)
    for (const author of options.schedule(round)) slots.push({ round, author });

  // Only later slots can be a slot's anchor, so the last slot is judged first.
  const names = options.names ?? PLAIN_NAMES;
  const judge = new Judge(dag, options, names);
  const { wave } = options.thresholds;
  const judged: Judged<B>[] = new Array(slots.length);
  for (let position = slots.length - 1; position >= 0; position--) {
    const slot = slots[position]!;
    const judgement = judge.direct(slot) ?? judge.indirect(slot, anchorFor(slot, judged, { position, wave }));
    judged[position] = { slot, ...judgement };
  }
  return judged
    .filter(({ slot }) => slot.round <= throughRound)
    .map(({ slot, verdict, reason }) => ({
      slot,
      verdict,
      because: printReason(slot, reason, options.thresholds, names),
    }));
}

interface Judgement<B extends DagBlock> {
  readonly verdict: Verdict<B>;
  readonly reason: Reason<B>;
}

interface Judged<B extends DagBlock> extends Judgement<B> {
  readonly slot: Slot;
}

/** The nearest slot at least a wave later that is not skipped. An undecided one is never jumped over. */
function anchorFor<B extends DagBlock>(
  slot: Slot,
  later: readonly Judged<B>[],
  { position, wave }: { readonly position: number; readonly wave: number },
): Judged<B> | undefined {
  for (let next = position + 1; next < later.length; next++) {
    const other = later[next]!;
    if (other.slot.round >= slot.round + wave && other.verdict.kind !== "skip") return other;
  }
  return undefined;
}

class Judge<B extends DagBlock> {
  readonly #dag: ReadonlyMap<Round, readonly B[]>;
  readonly #thresholds: Thresholds;
  readonly #stakes: readonly number[];
  readonly #names: Names<B>;

  constructor(dag: ReadonlyMap<Round, readonly B[]>, { thresholds, stakes }: OracleOptions<B>, names: Names<B>) {
    this.#dag = dag;
    this.#thresholds = thresholds;
    this.#stakes = stakes;
    this.#names = names;
  }

  /** The verdict that the slot's own wave gives, from every block held, referenced or not. */
  direct(slot: Slot): Judgement<B> | undefined {
    const { commit, slow, skip, wave } = this.#thresholds;
    const blames = this.#stakeOf(this.#blames(slot));
    const found: Judgement<B>[] = [];
    for (const block of this.#candidates(slot)) {
      const votes = this.#stakeOf(this.#votes(block));
      const certificates = wave === 3 ? this.#stakeOf(this.#certificates(block)) : 0;
      const verdict: Verdict<B> = { kind: "commit", block, how: "direct" };
      if (votes >= commit) found.push({ verdict, reason: { kind: "votes", block, votes } });
      else if (wave === 3 && certificates >= slow)
        found.push({ verdict, reason: { kind: "certificates", block, certificates } });
    }
    if (blames >= skip) found.push({ verdict: { kind: "skip", how: "direct" }, reason: { kind: "blames", blames } });
    invariant(
      found.length <= 1,
      () => `slot ${this.#names.slot(slot)} has two direct verdicts: more members lie than the fault bound allows`,
    );
    return found[0];
  }

  /** The verdict that the slot's anchor gives, once the anchor is committed. */
  indirect(slot: Slot, nearest: Judged<B> | undefined): Judgement<B> {
    const { link, wave } = this.#thresholds;
    if (nearest?.verdict.kind !== "commit") return this.#waiting(slot, nearest?.slot);

    const anchor = nearest.verdict.block;
    const history = historyOf(anchor, slot.round);
    const candidates = this.#candidates(slot);
    const votes = (block: B): number => this.#stakeOf(this.#votes(block).filter((vote) => history.has(vote)));

    const certified = candidates.filter((block) => this.#certificates(block).some((held) => history.has(held)));
    if (wave === 3 && certified.length > 0) {
      const block = leastDigest(certified);
      return {
        verdict: { kind: "commit", block, how: "indirect" },
        reason: { kind: "certified", block, anchor, rivals: certified.length - 1 },
      };
    }
    const linked = candidates.filter((block) => votes(block) >= link);
    if (linked.length > 0) {
      const block = leastDigest(linked);
      return {
        verdict: { kind: "commit", block, how: "indirect" },
        reason: { kind: "linked", block, anchor, votes: votes(block), rivals: linked.length - 1 },
      };
    }
    return {
      verdict: { kind: "skip", how: "indirect" },
      reason: { kind: "unlinked", anchor, votes: Math.max(0, ...candidates.map(votes)) },
    };
  }

  #waiting(slot: Slot, anchor: Slot | undefined): Judgement<B> {
    const most = (stakes: number[]): number => Math.max(0, ...stakes);
    const certificates = (block: B): number =>
      this.#thresholds.wave === 3 ? this.#stakeOf(this.#certificates(block)) : 0;
    const candidates = this.#candidates(slot);
    return {
      verdict: { kind: "undecided" },
      reason: {
        kind: "waiting",
        votes: most(candidates.map((block) => this.#stakeOf(this.#votes(block)))),
        certificates: most(candidates.map(certificates)),
        blames: this.#stakeOf(this.#blames(slot)),
        anchor,
      },
    };
  }

  #at(round: Round): readonly B[] {
    return this.#dag.get(round) ?? [];
  }

  #candidates(slot: Slot): B[] {
    return this.#at(slot.round).filter((block) => block.author === slot.author);
  }

  #votes(candidate: B): B[] {
    return this.#at(candidate.round + 1).filter((block) => block.parents.includes(candidate));
  }

  #blames(slot: Slot): B[] {
    const isCandidate = (block: DagBlock): boolean => block.round === slot.round && block.author === slot.author;
    return this.#at(slot.round + 1).filter((block) => !block.parents.some(isCandidate));
  }

  #certificates(candidate: B): B[] {
    const votes = new Set<DagBlock>(this.#votes(candidate));
    return this.#at(candidate.round + 2).filter(
      (block) => this.#stakeOf(block.parents.filter((parent) => votes.has(parent))) >= this.#thresholds.certificate,
    );
  }

  /** Stake of the authors of some blocks, each author once. */
  #stakeOf(blocks: readonly DagBlock[]): number {
    let stake = 0;
    for (const author of new Set<AuthorIndex>(blocks.map((block) => block.author))) stake += this.#stakes[author]!;
    return stake;
  }
}

/** Everything above a round that can be reached along parents of any kind, the block itself included. */
function historyOf(block: DagBlock, above: Round): ReadonlySet<DagBlock> {
  const reached = new Set<DagBlock>([block]);
  for (const member of reached) for (const parent of member.parents) if (parent.round > above) reached.add(parent);
  return reached;
}

/** Twins may qualify together; every replica must choose the same one, whatever arrived first. */
function leastDigest<B extends DagBlock>(twins: readonly B[]): B {
  return twins.reduce((least, twin) => (compareDigests(twin.digest, least.digest) < 0 ? twin : least));
}
