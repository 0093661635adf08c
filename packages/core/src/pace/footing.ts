// What the next own block can stand on. The pacemaker asks whether it is enough, the proposer names it; both ask here, so
// that no block is begun that cannot be finished.
//
// Members that are avoided are left out. But honest members leave rounds out when they come back from far behind; a liar
// that is caught afterwards leaves such a round short of a parent quorum for everybody who still has to pass it. So its
// block is named after all where the round needs it, if a welcome member named it. That one passed the round with it; what
// one member built on, V8 lets every other one build on; and nothing comes into our history that was not in another's.
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { AuthorIndex, Round } from "../ids.ts";

/** Whether own blocks name a member's: always, only where a round needs it, or never. */
export type Standing = "welcome" | "last-resort" | "barred";

export class Footing {
  readonly #context: ReplicaContext;
  readonly #standing: (author: AuthorIndex) => Standing;

  constructor(context: ReplicaContext, standing: (author: AuthorIndex) => Standing) {
    this.#context = context;
    this.#standing = standing;
  }

  isAvoided(author: AuthorIndex): boolean {
    return this.#standing(author) !== "welcome";
  }

  /** Whether the welcome of a round make a parent quorum. */
  isFirm(round: Round): boolean {
    return this.#isReached(round) && this.#welcomeStake(round) >= this.#context.committee.thresholds.parents;
  }

  /** Whether a block of the next round finds a parent quorum in a round, some of it as a last resort. */
  carries(round: Round): boolean {
    if (this.isFirm(round)) return true;
    return this.#isReached(round) && this.#stakeOf(this.votes(round + 1)) >= this.#context.committee.thresholds.parents;
  }

  /** What a block of that round names of the round before: the welcome ones, and as few others as make a parent quorum. */
  votes(round: Round): AcceptedBlock[] {
    const { committee, dag } = this.#context;
    const { stakes, thresholds } = committee;
    const votes: AcceptedBlock[] = [];
    for (const author of committee.members.keys()) {
      const vote = this.isAvoided(author) ? undefined : dag.by(author, round - 1);
      if (vote !== undefined) votes.push(vote);
    }
    let stake = this.#stakeOf(votes);
    if (stake >= thresholds.parents) return votes;
    for (const vote of this.#lastResort(round)) {
      if (stake >= thresholds.parents) break;
      votes.push(vote);
      stake += stakes[vote.author] ?? 0;
    }
    return votes;
  }

  /** The blocks of exposed members that a block of that round may name in need, one of each, most stake first. */
  #lastResort(round: Round): AcceptedBlock[] {
    const { committee, dag } = this.#context;
    const found = new Map<AuthorIndex, AcceptedBlock>();
    for (const { author, parents } of dag.at(round)) {
      if (this.isAvoided(author)) continue;
      for (const parent of parents) {
        const mayHelp = parent.round === round - 1 && this.#standing(parent.author) === "last-resort";
        if (mayHelp && !found.has(parent.author)) found.set(parent.author, parent);
      }
    }
    const stakeOf = ({ author }: AcceptedBlock): number => committee.stakes[author] ?? 0;
    return [...found.values()].sort((left, right) => stakeOf(right) - stakeOf(left));
  }

  /** Whether a round has a parent quorum, welcome or not: most questions end here. */
  #isReached(round: Round): boolean {
    const { committee, dag } = this.#context;
    return dag.stakeAt(round) >= committee.thresholds.parents;
  }

  #welcomeStake(round: Round): number {
    const { committee, dag } = this.#context;
    let stake = dag.stakeAt(round);
    if (round === 0) return stake;
    for (const author of committee.members.keys()) {
      if (this.isAvoided(author) && dag.by(author, round) !== undefined) stake -= committee.stakes[author] ?? 0;
    }
    return stake;
  }

  #stakeOf(blocks: readonly AcceptedBlock[]): number {
    const { stakes } = this.#context.committee;
    return blocks.reduce((sum, { author }) => sum + (stakes[author] ?? 0), 0);
  }
}
