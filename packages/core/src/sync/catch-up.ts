// Says where this replica stands, and pulls what it lacks by author chains. Whoever learns that it is behind asks; nobody
// pushes history unasked. Lost messages are repaired from here: by the keep-alive always, and with growing pauses while
// this replica needs something that does not come.
import type { ReplicaContext } from "../context.ts";
import type { AcceptedBlock } from "../dag/accepted-block.ts";
import type { Channel } from "../effect.ts";
import type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round } from "../ids.ts";
import type { Allowance } from "./allowance.ts";
import type { Heads, Peers } from "./peers.ts";

/** Where the replica stands, besides its DAG. */
export interface Standing {
  readonly index: CommitIndex;
  readonly digest: Digest;
  readonly checkpoint: CommitIndex;
}

interface Asked {
  readonly until: Millis;
  /** What was accepted then: an answer that brought nothing makes the next question wait longer. */
  readonly accepted: number;
  readonly pauseMs: Millis;
}

/** A peer that is ahead by more has not just been quicker. */
const AHEAD_ROUNDS = 8;

export class CatchUp {
  readonly #context: ReplicaContext;
  readonly #peers: Peers;
  readonly #standing: () => Standing;
  readonly #reach: (author: AuthorIndex, accepted: Round) => Round;
  readonly #allowance: Allowance;
  /** Peers asked for history: until when not to ask again, and how that goes. */
  readonly #asked = new Map<AuthorIndex, Asked>();
  /** Peers that seem to be a little ahead, and when to look again: what is missing is usually under way. */
  readonly #doubts = new Map<AuthorIndex, Millis>();
  /** Grows with every block that is accepted. */
  #accepted = 0;
  #keepAliveAt: Millis = 0;
  #resendAt: Millis | undefined;
  #resendMs: Millis;

  constructor(
    context: ReplicaContext,
    peers: Peers,
    allowance: Allowance,
    sources: {
      readonly standing: () => Standing;
      /** How far an author's chain, accepted up to a round, goes on in what is here and waits. */
      readonly reach: (author: AuthorIndex, accepted: Round) => Round;
    },
  ) {
    this.#context = context;
    this.#peers = peers;
    this.#standing = sources.standing;
    this.#reach = sources.reach;
    this.#allowance = allowance;
    this.#resendMs = context.tuning.resendMsMin;
  }

  greet(peer: AuthorIndex): void {
    this.#asked.delete(peer);
    this.#sayHeads(peer, false);
  }

  lost(peer: AuthorIndex): void {
    this.#asked.delete(peer);
    this.#doubts.delete(peer);
  }

  /** Highest round accepted by author: history is complete below it. What is not durable yet does not count. */
  rounds(): Round[] {
    return this.#context.committee.members.map((_, author) => this.#roundOf(author));
  }

  /** A peer said where it stands. */
  heard(peer: AuthorIndex, heads: Heads, first: boolean): void {
    const gap = this.#gap(heads);
    if (gap > AHEAD_ROUNDS) this.want(peer);
    else if (gap > 0 && !this.#doubts.has(peer)) this.#doubts.set(peer, this.#context.clock.now + this.#patienceMs());
    // A first word is answered, so that both sides measure the way; so is one that needs something we have.
    const isBehind = (author: AuthorIndex): boolean => this.#roundOf(author) > (heads.rounds[author] ?? 0);
    if (first || (heads.needy && this.#context.committee.members.some((_, author) => isBehind(author)))) {
      this.#sayHeads(peer, false);
    }
  }

  /** Asks a peer for everything above what is here, unless it was asked just now. */
  want(peer: AuthorIndex): void {
    const { clock, dag, tuning } = this.#context;
    const asked = this.#asked.get(peer);
    const fruitless = asked?.accepted === this.#accepted;
    if (!this.#peers.isUp(peer) || (fruitless && asked.until > clock.now)) return;
    const pauseMs = fruitless
      ? Math.min(tuning.resendMsMax, asked.pauseMs * 2)
      : Math.max(tuning.resendMsMin, this.#patienceMs() * 2);
    this.#asked.set(peer, { until: clock.now + pauseMs, accepted: this.#accepted, pauseMs });
    this.#doubts.delete(peer);
    const rounds = this.rounds().map((round) => Math.max(round, dag.horizon));
    this.#context.send(peer, "catch-up", { kind: "want", rounds });
  }

  /** Answers a `want`: the oldest blocks that the peer lacks, then where we stand, so that it asks on if there is more. */
  serve(peer: AuthorIndex, rounds: readonly Round[], isServable: (block: AcceptedBlock) => boolean): void {
    const { dag } = this.#context;
    const lacking = function* (): Generator<AcceptedBlock> {
      for (const block of dag.above(Math.min(...rounds)))
        if (block.round > (rounds[block.author] ?? 0) && isServable(block)) yield block;
    };
    this.#answer(peer, lacking());
    // Behind the blocks that it speaks of, on the same channel: ahead of them it would be asked for them again.
    this.#sayHeads(peer, false, "catch-up");
  }

  /** Answers a `fetch` with what is here; whoever asks for what is forgotten learns where memory ends. */
  serveRefs(peer: AuthorIndex, refs: readonly BlockRef[], isServable: (block: AcceptedBlock) => boolean): void {
    const { dag } = this.#context;
    this.#answer(peer, refs.flatMap((ref) => dag.get(ref) ?? []).filter(isServable));
    if (refs.some(({ round }) => round <= dag.floor)) this.#sayHeads(peer, false);
  }

  #answer(peer: AuthorIndex, blocks: Iterable<AcceptedBlock>): void {
    const { catchUpBlocksMax, catchUpBytesMax } = this.#context.tuning;
    const taken: Uint8Array[] = [];
    let size = 0;
    for (const { block } of blocks) {
      if (taken.length > 0 && (taken.length >= catchUpBlocksMax || size + block.bytes.length > catchUpBytesMax)) break;
      taken.push(block.bytes);
      size += block.bytes.length;
    }
    if (taken.length === 0) return;
    this.#allowance.spend(peer, size);
    this.#context.send(peer, "catch-up", { kind: "blocks", blocks: taken });
  }

  /** Something new arrived: no reason to repeat oneself. */
  progress(): void {
    this.#accepted += 1;
    this.#resendMs = this.#context.tuning.resendMsMin;
    this.#resendAt = undefined;
  }

  /** Keeps alive and repeats what is due; says when to come back. */
  run(needy: boolean, ownHead: AcceptedBlock | undefined): Millis | undefined {
    const { clock, tuning } = this.#context;
    this.#settleDoubts();
    if (clock.now >= this.#keepAliveAt) {
      this.#keepAliveAt = clock.now + tuning.keepAliveMs;
      for (const peer of this.#peers.others) if (this.#peers.isUp(peer)) this.#sayHeads(peer, needy);
    }
    if (!needy) this.#resendAt = undefined;
    else if (this.#resendAt === undefined) this.#resendAt = clock.now + this.#pauseMs();
    else if (clock.now >= this.#resendAt) {
      this.#resendMs = Math.min(tuning.resendMsMax, this.#resendMs * 2);
      this.#resendAt = clock.now + this.#pauseMs();
      if (ownHead !== undefined) this.#context.broadcast("blocks", { kind: "blocks", blocks: [ownHead.block.bytes] });
      for (const peer of this.#peers.others) if (this.#peers.isUp(peer)) this.#sayHeads(peer, true);
    }
    let next = Math.min(this.#keepAliveAt, this.#resendAt ?? Number.POSITIVE_INFINITY);
    for (const at of this.#doubts.values()) next = Math.min(next, at);
    return next;
  }

  /** Asks those that are still ahead after a while. */
  #settleDoubts(): void {
    const { clock } = this.#context;
    for (const [peer, at] of this.#doubts) {
      if (at > clock.now) continue;
      this.#doubts.delete(peer);
      const heads = this.#peers.heads(peer);
      if (heads !== undefined && this.#gap(heads) > 0) this.want(peer);
    }
  }

  /**
   * By how many rounds a peer is ahead, at most, in the chain of some author. What waits for its time or for a parent is
   * here. Were it asked for again, it would come again, and a liar that withholds the parent could go on like that for ever.
   */
  #gap(heads: Heads): number {
    const { horizon } = this.#context.dag;
    let gap = 0;
    for (let author = 0; author < heads.rounds.length; author++) {
      const round = heads.rounds[author]!;
      const here = Math.max(this.#roundOf(author), horizon);
      if (round - here > gap) gap = Math.max(gap, round - this.#reach(author, here));
    }
    return gap;
  }

  /** Highest round accepted of an author, and durable if it is an own one. */
  #roundOf(author: AuthorIndex): Round {
    const { dag, outbox, self } = this.#context;
    let head = dag.head(author);
    while (author === self && head !== undefined && !outbox.isDurable(head.sequence)) head = head.parents[0];
    return head?.author === author ? head.round : 0;
  }

  #patienceMs(): Millis {
    return Math.max(this.#context.tuning.resendMsMin, 2 * (this.#peers.quorumRoundTripMs() ?? 0));
  }

  #pauseMs(): Millis {
    return Math.max(this.#resendMs, 2 * (this.#peers.quorumRoundTripMs() ?? 0));
  }

  #sayHeads(peer: AuthorIndex, needy: boolean, channel: Channel = "blocks"): void {
    const { clock, dag } = this.#context;
    this.#context.send(peer, channel, {
      kind: "heads",
      rounds: this.rounds(),
      floor: dag.floor,
      ...this.#standing(),
      sentAt: Math.floor(clock.now),
      echo: this.#peers.echoFor(peer),
      wall: Math.max(0, Math.floor(clock.wall)),
      needy,
    });
  }
}
