// The way back after a lost disk. An amnesiac does not know what it said; until it has learnt enough it says nothing that
// another member could count on: no block, no frontier, no answer to another amnesiac.
//
// Enough is a set of repliers that must include, beyond liars and itself, somebody who saw the round before its last
// block. With M their highest own round, it never made a block above M + 1, so it begins again at M + 2 at the earliest,
// with a block whose history covers everything that they showed (docs/protocol.md, "Amnesia").
import { recoveryQuorum } from "../committee/quorum.ts";
import type { ReplicaContext } from "../context.ts";
import type { AuthorIndex, BlockRef, Millis, Round } from "../ids.ts";
import type { Peers } from "./peers.ts";

interface Reply {
  /** The replier's own newest block; undefined stands for genesis. */
  readonly head: BlockRef | undefined;
  /** Highest round it accepted, by author. Believed only where nobody lies. */
  readonly rounds: readonly Round[];
}

export class Recovery {
  readonly #context: ReplicaContext;
  readonly #peers: Peers;
  readonly #nonce: number;
  readonly #replies = new Map<AuthorIndex, Reply>();
  /** When each peer is asked again; whoever comes up is asked at once. */
  readonly #askAt = new Map<AuthorIndex, Millis>();

  constructor(context: ReplicaContext, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
    this.#nonce = context.nextQuestion();
  }

  replied(from: AuthorIndex, nonce: number, reply: Reply): boolean {
    if (nonce !== this.#nonce || from === this.#context.self) return false;
    // The first answer stands: a later one could only add to what has to be fetched.
    if (!this.#replies.has(from)) this.#replies.set(from, reply);
    return true;
  }

  /**
   * Once enough replies are here and everything they speak of is accepted: the lowest round that may be used again.
   * Until then undefined.
   */
  roundMin(): Round | undefined {
    const { committee, mutations } = this.#context;
    let stake = 0;
    let highest: Round = 0;
    for (const [from, reply] of this.#replies) {
      if (!this.#isSynced(reply)) continue;
      stake += committee.stakes[from] ?? 0;
      highest = Math.max(highest, reply.head?.round ?? 0);
    }
    return stake >= recoveryQuorum(committee.thresholds) + (mutations.recoveryQuorum ?? 0) ? highest + 2 : undefined;
  }

  /** Asks until it is over, also those that answered: the question keeps their rounds going. Says when to come back. */
  run(): Millis | undefined {
    const { clock, tuning } = this.#context;
    let next: Millis | undefined;
    for (const peer of this.#peers.others) {
      if (!this.#peers.isUp(peer)) {
        this.#askAt.delete(peer);
        continue;
      }
      let at = this.#askAt.get(peer) ?? clock.now;
      if (at <= clock.now) {
        this.#context.send(peer, "blocks", { kind: "recovery-request", nonce: this.#nonce });
        at = clock.now + tuning.resendMsMin * 4;
        this.#askAt.set(peer, at);
      }
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  #isSynced({ head, rounds }: Reply): boolean {
    const { committee, dag } = this.#context;
    if (head !== undefined && !dag.satisfied(head)) return false;
    if (committee.fault.byzantine > 0) return true;
    return rounds.every((round, author) => round <= dag.horizon || dag.headRound(author) >= round);
  }
}
