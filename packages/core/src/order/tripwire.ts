// Finds replicas whose history or state differs. Every block tells its author's last commit and digest; only commits that
// both sides still remember are compared.
//
// Where nobody lies, a mismatch means that somebody is broken, perhaps this replica: it stops answering, asks everybody,
// and goes on only if a quorum shares its value. Where members may lie, one voice proves nothing against the others: this
// replica halts when more members than may lie report another value.
import { toHex } from "../bytes.ts";
import { hashDigests } from "../codec/hashing.ts";
import type { ReplicaContext } from "../context.ts";
import type { CommitVote } from "../dag/block.ts";
import type { AuthorIndex, CommitIndex, Digest, Millis, Round } from "../ids.ts";
import type { Crypto } from "../ports/crypto.ts";

/** Under Byzantine faults the digest is 32 bytes: every so many blocks carry one. */
const VOTE_EVERY_ROUNDS = 16;
/** Digests in one answer. */
export const DIGESTS_PER_ANSWER = 256;

/** What a mismatch led to. */
export type TripwireAlarm =
  | { readonly kind: "halt"; readonly dump: string }
  | { readonly kind: "evidence"; readonly author: AuthorIndex };

export class Tripwire {
  readonly #context: ReplicaContext;
  readonly #crypto: Crypto;
  /** This replica's digest after each of its last commits. */
  readonly #digests = new Map<CommitIndex, Digest>();
  #oldest: CommitIndex = 1;
  #applied: CommitIndex = 0;
  /** What others said of commits that this replica has not applied yet. */
  readonly #ahead = new Map<AuthorIndex, CommitVote>();
  /** Who reported another value, at which commit. */
  readonly #dissent = new Map<AuthorIndex, CommitIndex>();
  /** While it is not known who is wrong: the commit in question and who said what. */
  #suspicion:
    | {
        readonly index: CommitIndex;
        readonly by: AuthorIndex;
        readonly answers: Map<AuthorIndex, readonly Digest[]>;
        from: CommitIndex;
        askAt: Millis;
      }
    | undefined;

  constructor(context: ReplicaContext, crypto: Crypto) {
    this.#context = context;
    this.#crypto = crypto;
  }

  get applied(): CommitIndex {
    return this.#applied;
  }

  /** Stops answering until it is known who is wrong. */
  get suspicious(): boolean {
    return this.#suspicion !== undefined;
  }

  digestAt(index: CommitIndex): Digest {
    return this.#digests.get(index) ?? "";
  }

  /** One digest over the chain of commits and the machine's state. */
  combine(chainDigest: Digest, stateDigest: Digest): Digest {
    const hash = hashDigests([chainDigest, stateDigest], this.#crypto);
    return toHex(this.#context.committee.fault.byzantine > 0 ? hash : hash.subarray(0, 8));
  }

  /** What the next own block tells. */
  vote(round: Round): CommitVote | undefined {
    if (this.#applied === 0) return undefined;
    if (this.#context.committee.fault.byzantine > 0 && round % VOTE_EVERY_ROUNDS !== 0) return undefined;
    const digest = this.digestAt(this.#applied);
    return digest === "" ? undefined : { index: this.#applied, digest };
  }

  /** The machine applied a commit. */
  record(index: CommitIndex, digest: Digest): TripwireAlarm[] {
    this.#applied = index;
    if (this.#digests.size === 0) this.#oldest = index;
    this.#digests.set(index, digest);
    while (this.#digests.size > this.#context.tuning.rememberedDigests) this.#digests.delete(this.#oldest++);
    const alarms: TripwireAlarm[] = [];
    for (const [author, vote] of this.#ahead) {
      if (vote.index > index) continue;
      this.#ahead.delete(author);
      alarms.push(...this.compare(author, vote));
    }
    return alarms;
  }

  /** Continues after a snapshot: nothing before it is remembered. */
  restart(index: CommitIndex, digest: Digest): void {
    this.#digests.clear();
    this.#applied = index;
    this.#oldest = index;
    if (index > 0) this.#digests.set(index, digest);
  }

  /** A member said what it has. */
  compare(author: AuthorIndex, vote: CommitVote): TripwireAlarm[] {
    if (vote.index > this.#applied) {
      this.#ahead.set(author, vote);
      return [];
    }
    const mine = this.digestAt(vote.index);
    if (mine === "" || mine === vote.digest) return [];
    // Whoever is known to differ says nothing new.
    if (this.#dissent.has(author)) return [];
    const { byzantine } = this.#context.committee.fault;
    if (byzantine > 0) {
      this.#dissent.set(author, vote.index);
      const stake = this.#stakeOf(this.#dissent.keys());
      if (stake > byzantine) return [this.#halt(Math.min(...this.#dissent.values()))];
      return [{ kind: "evidence", author }];
    }
    if (this.#suspicion === undefined) {
      this.#suspicion = {
        index: vote.index,
        by: author,
        answers: new Map(),
        from: this.#firstToCompare(vote.index),
        askAt: this.#context.clock.now,
      };
    }
    return [];
  }

  /** A peer told its digests from a commit on. */
  answered(from: AuthorIndex, first: CommitIndex, digests: readonly Digest[]): TripwireAlarm[] {
    const suspicion = this.#suspicion;
    if (suspicion === undefined || first !== suspicion.from) return [];
    suspicion.answers.set(from, digests);
    const { stakes, thresholds } = this.#context.committee;
    let sharing = stakes[this.#context.self] ?? 0;
    let differing = 0;
    for (const [author, theirs] of suspicion.answers) {
      const value = theirs[suspicion.index - first] ?? "";
      if (value === this.digestAt(suspicion.index)) sharing += stakes[author] ?? 0;
      else if (value !== "") differing += stakes[author] ?? 0;
    }
    if (sharing >= thresholds.parents) {
      // A quorum has what this replica has: the other one is broken, and will find out the same way.
      this.#dissent.set(suspicion.by, suspicion.index);
      this.#suspicion = undefined;
      return [];
    }
    // So many differ that no quorum can share this replica's value.
    return thresholds.total - differing < thresholds.parents ? [this.#halt(suspicion.index)] : [];
  }

  /** Repeats the question while it is open; says when to come back. */
  run(): Millis | undefined {
    const suspicion = this.#suspicion;
    if (suspicion === undefined) return undefined;
    const { clock, tuning } = this.#context;
    if (clock.now >= suspicion.askAt) {
      suspicion.askAt = clock.now + tuning.resendMsMin * 4;
      this.#context.broadcast("blocks", { kind: "digest-request", from: suspicion.from, to: suspicion.index });
    }
    return suspicion.askAt;
  }

  #firstToCompare(index: CommitIndex): CommitIndex {
    return Math.max(this.#oldest, index - DIGESTS_PER_ANSWER + 1);
  }

  #halt(known: CommitIndex): TripwireAlarm {
    const first = this.#firstDifference(known);
    const said = [...(this.#suspicion?.answers ?? [])].map(
      ([author, digests]) => `${this.#name(author)}=${digests[first - (this.#suspicion?.from ?? first)] ?? "?"}`,
    );
    const dump = [`commit ${first} is the first that differs`, `here=${this.digestAt(first)}`, ...said].join("; ");
    return { kind: "halt", dump };
  }

  /** The first commit at which some answer differs from what is here. */
  #firstDifference(known: CommitIndex): CommitIndex {
    let first = known;
    for (const digests of this.#suspicion?.answers.values() ?? []) {
      for (const [offset, digest] of digests.entries()) {
        const index = (this.#suspicion?.from ?? known) + offset;
        if (index < first && digest !== "" && this.digestAt(index) !== "" && digest !== this.digestAt(index))
          first = index;
      }
    }
    return first;
  }

  #stakeOf(authors: Iterable<AuthorIndex>): number {
    let stake = 0;
    for (const author of authors) stake += this.#context.committee.stakes[author] ?? 0;
    return stake;
  }

  #name(author: AuthorIndex): string {
    return this.#context.committee.members[author]?.name ?? String(author);
  }
}
