// What the next own block can stand on. The pacemaker asks whether it is enough, the proposer names it; both ask here, so
// that no block is begun that cannot be finished.
//
// Members that are avoided are left out, but an exposed one is named after all where a round has no parent quorum without
// it. Honest members leave rounds out when they come back from far behind; a liar that is caught afterwards leaves such a
// round short for everybody who still has to pass it. Whatever one member built on, V8 lets every other one build on.
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { Exposure } from "../dag/exposure.ts";
import type { AuthorIndex, Round } from "../ids.ts";

/** Whether own blocks name a member's: always, only where a parent quorum takes it, or never. */
export type Standing = "welcome" | "last-resort" | "barred";

export class Footing {
  readonly #context: ReplicaContext;
  readonly #exposure: Exposure;
  readonly #standing: (author: AuthorIndex) => Standing;

  constructor(context: ReplicaContext, exposure: Exposure, standing: (author: AuthorIndex) => Standing) {
    this.#context = context;
    this.#exposure = exposure;
    this.#standing = standing;
  }

  isAvoided(author: AuthorIndex): boolean {
    return this.#standing(author) !== "welcome";
  }

  /** The stake of a round whose members are welcome. */
  welcomeAt(round: Round): number {
    return this.#stakeAt(round, (author) => !this.isAvoided(author));
  }

  /** The stake of a round that can be named, some of it as a last resort. */
  nameableAt(round: Round): number {
    return this.#stakeAt(round, (author) => this.#vote(author, round + 1) !== undefined);
  }

  /** What a block of that round names of the round before: the welcome ones, and as few others as make a parent quorum. */
  votes(round: Round): AcceptedBlock[] {
    const { committee, dag } = this.#context;
    const { stakes, thresholds } = committee;
    const votes: AcceptedBlock[] = [];
    const others: AcceptedBlock[] = [];
    for (const author of committee.members.keys()) {
      if (dag.by(author, round - 1) === undefined) continue;
      const vote = this.#vote(author, round);
      if (vote !== undefined) (this.isAvoided(author) ? others : votes).push(vote);
    }
    let stake = votes.reduce((sum, { author }) => sum + (stakes[author] ?? 0), 0);
    others.sort((left, right) => (stakes[right.author] ?? 0) - (stakes[left.author] ?? 0));
    for (const other of others) {
      if (stake >= thresholds.parents) break;
      votes.push(other);
      stake += stakes[other.author] ?? 0;
    }
    return votes;
  }

  #stakeAt(round: Round, counts: (author: AuthorIndex) => boolean): number {
    const { committee, dag } = this.#context;
    let stake = dag.stakeAt(round);
    if (round === 0) return stake;
    for (const author of committee.members.keys()) {
      if (this.isAvoided(author) && dag.by(author, round) !== undefined && !counts(author))
        stake -= committee.stakes[author] ?? 0;
    }
    return stake;
  }

  /** The block of that member that a block of a round may name as its vote. */
  #vote(author: AuthorIndex, round: Round): AcceptedBlock | undefined {
    if (this.#standing(author) === "barred") return undefined;
    return this.#context.dag
      .at(round - 1)
      .find((block) => block.author === author && this.#exposure.mayName(round, block));
  }
}
