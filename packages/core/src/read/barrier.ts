// Linearizable reads without a write to the log.
//
// A barrier asks a read quorum for its newest blocks. Whatever was acknowledged before the barrier began is in the history
// of one of them: the read quorum meets the voters of every commit in an honest member. Once all payload in those
// histories is ordered and applied here, the state answers every read that came before the barrier began.
//
// Log time changes the state as well, in commits without payload: what has expired, whose turn it is, which timer ran. So a
// barrier also waits until this state has no deadline left that a commit of those histories may have carried out.
import { readQuorum } from "../committee/quorum.ts";
import { commitTime } from "../consensus/log-time.ts";
import type { ReplicaContext } from "../context.ts";
import { type AcceptedBlock, traverse } from "../dag/accepted-block.ts";
import type { RefusalReason } from "../effect.ts";
import { type AuthorIndex, type BlockRef, type Millis, type Round, refKey } from "../ids.ts";
import type { Peers } from "../sync/peers.ts";

/** What a frontier holds that may be in an answer that somebody was given, and is not in this state yet. */
interface Frontier {
  readonly payload: Set<AcceptedBlock>;
  /** No commit of it can have brought log time beyond this. */
  readonly logTimeMax: Millis;
}

/** What a barrier asks of the replica. */
export interface BarrierSources {
  isOrdered(block: AcceptedBlock): boolean;
  /** The earliest deadline in the state; `applying` while a commit is handed out and not applied. */
  deadline(): Millis | "applying" | undefined;
}

interface Barrier {
  readonly id: number;
  readonly reads: readonly number[];
  /** Whose frontier is known. */
  readonly replied: Set<AuthorIndex>;
  /**
   * Whose frontier is accepted here, with what of its history is not ordered yet. Each by itself: a liar may name what
   * never gets ordered, and must not make those wait who can be answered without it.
   */
  readonly waiting: Map<AuthorIndex, Frontier>;
  /** Frontiers that are not accepted here yet, by key, and who named them. */
  readonly awaited: Map<string, { readonly round: Round; readonly from: AuthorIndex[] }>;
  resendAt: Millis;
  pauseMs: Millis;
}

/** Barriers that may be under way at the same time; later reads share the next one. */
const BARRIERS_MAX = 4;

export class ReadBarrier {
  readonly #context: ReplicaContext;
  readonly #peers: Peers;
  readonly #sources: BarrierSources;
  #unassigned: number[] = [];
  readonly #barriers = new Map<number, Barrier>();

  constructor(context: ReplicaContext, peers: Peers, sources: BarrierSources) {
    this.#context = context;
    this.#peers = peers;
    this.#sources = sources;
  }

  /** Whether a barrier waits on payload that is not ordered: a reason to go on. */
  get waitsOnPayload(): boolean {
    for (const { waiting } of this.#barriers.values())
      for (const { payload } of waiting.values()) if (payload.size > 0) return true;
    return false;
  }

  read(id: number): void {
    this.#unassigned.push(id);
  }

  /** A peer named its newest block; it counts when it is accepted. Returns whether that is news. */
  replied(id: number, from: AuthorIndex): boolean {
    const barrier = this.#barriers.get(id);
    if (barrier === undefined || barrier.replied.has(from)) return false;
    barrier.replied.add(from);
    return true;
  }

  /** That block is the frontier of that peer, as soon as it is accepted here; undefined stands for genesis. */
  frontier(id: number, from: AuthorIndex, ref: BlockRef | undefined): void {
    const barrier = this.#barriers.get(id);
    if (barrier === undefined) return;
    const { dag } = this.#context;
    const head = ref === undefined ? undefined : dag.get(ref);
    if (ref === undefined || head !== undefined || ref.round <= dag.horizon) {
      barrier.waiting.set(from, this.#unorderedBelow(head));
      return;
    }
    const awaited = barrier.awaited.get(refKey(ref));
    if (awaited === undefined) barrier.awaited.set(refKey(ref), { round: ref.round, from: [from] });
    else awaited.from.push(from);
  }

  accepted(block: AcceptedBlock): void {
    for (const barrier of this.#barriers.values())
      if (barrier.awaited.size > 0) this.#arrived(barrier, refKey(block.block.ref), block);
  }

  /** What is below the horizon will not be accepted any more: whatever it could tell is ordered. */
  horizonRose(): void {
    for (const barrier of this.#barriers.values())
      for (const [key, { round }] of barrier.awaited)
        if (round <= this.#context.dag.horizon) this.#arrived(barrier, key, undefined);
  }

  refuseAll(reason: RefusalReason): void {
    const reads = [...this.#unassigned, ...[...this.#barriers.values()].flatMap((barrier) => barrier.reads)];
    this.#unassigned = [];
    this.#barriers.clear();
    for (const id of reads) this.#context.outbox.emit({ kind: "read-refused", id, reason });
  }

  /** Begins barriers, repeats requests, lets reads through; says when to come back. */
  run(ownHead: AcceptedBlock | undefined): Millis | undefined {
    const { clock } = this.#context;
    if (this.#unassigned.length > 0 && this.#barriers.size < BARRIERS_MAX) this.#begin(ownHead);
    let next: Millis | undefined;
    for (const barrier of this.#barriers.values()) {
      if (this.#isPassed(barrier)) {
        this.#barriers.delete(barrier.id);
        for (const id of barrier.reads) this.#context.outbox.emit({ kind: "read-ready", id });
        continue;
      }
      if (clock.now >= barrier.resendAt) {
        barrier.pauseMs = Math.min(this.#context.tuning.resendMsMax, barrier.pauseMs * 2);
        barrier.resendAt = clock.now + barrier.pauseMs;
        for (const peer of this.#peers.others) if (!barrier.replied.has(peer)) this.#ask(barrier, peer);
      }
      if (next === undefined || barrier.resendAt < next) next = barrier.resendAt;
    }
    if (this.#unassigned.length > 0 && this.#barriers.size < BARRIERS_MAX) return this.run(ownHead);
    return next;
  }

  #begin(ownHead: AcceptedBlock | undefined): void {
    const { clock, self, tuning } = this.#context;
    const pauseMs = Math.max(tuning.resendMsMin, 2 * (this.#peers.quorumRoundTripMs() ?? 0));
    const barrier: Barrier = {
      id: this.#context.nextQuestion(),
      reads: this.#unassigned,
      replied: new Set([self]),
      waiting: new Map([[self, this.#unorderedBelow(ownHead)]]),
      awaited: new Map(),
      resendAt: clock.now + pauseMs,
      pauseMs,
    };
    this.#unassigned = [];
    this.#barriers.set(barrier.id, barrier);
    for (const peer of this.#peers.others) this.#ask(barrier, peer);
  }

  #ask(barrier: Barrier, peer: AuthorIndex): void {
    if (this.#peers.isUp(peer)) this.#context.send(peer, "blocks", { kind: "frontier-request", id: barrier.id });
  }

  /** A frontier is accepted here, with its whole history. */
  #arrived({ awaited, waiting }: Barrier, key: string, head: AcceptedBlock | undefined): void {
    const named = awaited.get(key);
    awaited.delete(key);
    for (const from of named?.from ?? []) waiting.set(from, this.#unorderedBelow(head));
  }

  /** Whether the state has everything that a read quorum of frontiers holds. */
  #isPassed({ waiting }: Barrier): boolean {
    const { committee, dag, mutations } = this.#context;
    const deadline = this.#sources.deadline();
    if (deadline === "applying") return false;
    let stake = 0;
    for (const [author, { logTimeMax, payload }] of waiting) {
      for (const block of payload)
        if (this.#sources.isOrdered(block) || block.round <= dag.horizon) payload.delete(block);
      const isDue = deadline !== undefined && deadline <= logTimeMax;
      if (payload.size === 0 && !isDue) stake += committee.stakes[author] ?? 0;
    }
    return stake >= readQuorum(committee.thresholds) + (mutations.readQuorum ?? 0);
  }

  /** What is not ordered yet of a history. */
  #unorderedBelow(head: AcceptedBlock | undefined): Frontier {
    const { committee, dag } = this.#context;
    const payload = new Set<AcceptedBlock>();
    let logTimeMax = 0;
    traverse(head === undefined ? [] : [head], (block) => {
      // What is ordered has everything below it ordered as well, or below the horizon.
      if (block.round <= dag.horizon || this.#sources.isOrdered(block)) return false;
      if (block.block.payload.length > 0) payload.add(block);
      // Any of them may be an anchor somewhere else already.
      const time = commitTime({ previous: 0, anchor: block, stakes: committee.stakes, timestampOf });
      logTimeMax = Math.max(logTimeMax, time);
      return true;
    });
    return { payload, logTimeMax };
  }
}

const timestampOf = ({ block }: AcceptedBlock): Millis => block.timestamp;
