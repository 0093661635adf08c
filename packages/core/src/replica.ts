// The protocol as one function with memory: `step(input)` answers what has to be done. No I/O, no clock, no chance: the
// same inputs give the same effects, in the simulator, in a browser and in production.
//
// This file only says what happens in which order; each room does its own work:
//   intake (frames → accepted blocks) → order/commit-log (blocks → commits) → pace (when to make the next block)
//   sync (what others lack, what is missing here, the way back) · read (barriers) · order/tripwire (who diverged)

import { type BlockContext, decodeBlock } from "./codec/block.ts";
import { decodeCursor, encodeCursor } from "./codec/cursor.ts";
import { decodeMessage, encodeMessage, splitBlocks } from "./codec/message.ts";
import type { ReplicaContext } from "./context.ts";
import { AcceptedBlock, traverse } from "./dag/accepted-block.ts";
import type { Block } from "./dag/block.ts";
import { Dag } from "./dag/dag.ts";
import type { Channel, Effect, HaltReason, LogRecord } from "./effect.ts";
import type { AuthorIndex, BlockRef, CommitIndex, Digest, Millis, Round } from "./ids.ts";
import type { Input } from "./input.ts";
import { Intake } from "./intake.ts";
import { InvariantError, invariant, unreachable } from "./invariant.ts";
import { checkLimits } from "./limits.ts";
import type { CommitPoint, Message } from "./message.ts";
import { DEFAULT_TUNING, type Mutations, type ReplicaOptions, type Start } from "./options.ts";
import { type Commit, CommitLog } from "./order/commit-log.ts";
import { Retention } from "./order/retention.ts";
import { DIGESTS_PER_ANSWER, Tripwire, type TripwireAlarm } from "./order/tripwire.ts";
import { Outbox } from "./outbox.ts";
import { Boot } from "./pace/boot.ts";
import { Footing, type Standing } from "./pace/footing.ts";
import { Need } from "./pace/need.ts";
import { Pacemaker, type PaceState } from "./pace/pacemaker.ts";
import { Proposer } from "./pace/proposer.ts";
import { Submissions } from "./pace/submissions.ts";
import { ReadBarrier } from "./read/barrier.ts";
import { isRejection, type Rejection, reject } from "./rejection.ts";
import type { MemberStanding, ReplicaStatus } from "./status.ts";
import { Allowance } from "./sync/allowance.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { Fetcher } from "./sync/fetcher.ts";
import { Peers } from "./sync/peers.ts";
import { Recovery } from "./sync/recovery.ts";
import { ServedSnapshot } from "./sync/served-snapshot.ts";
import { StateTransfer } from "./sync/state-transfer.ts";

/** Rounds that payload may wait before everybody is waited for. */
const OVERDUE_ROUNDS = 3;
/** Questions of one life of a replica: the next life's begin behind them. After so many the first names are free again. */
const QUESTIONS_MAX = 2 ** 22;
/** What is answered out of an allowance. */
const QUESTIONS: ReadonlySet<Message["kind"]> = new Set([
  "fetch",
  "want",
  "frontier-request",
  "recovery-request",
  "digest-request",
  "snapshot-request",
] as const);

export class Replica {
  readonly #context: ReplicaContext;
  readonly #blockContext: BlockContext;
  readonly #clock: { now: Millis; wall: Millis } = { now: 0, wall: 0 };
  readonly #dag: Dag;
  readonly #outbox: Outbox;
  readonly #intake: Intake;
  readonly #log: CommitLog;
  readonly #tripwire: Tripwire;
  readonly #footing: Footing;
  readonly #need: Need;
  readonly #submissions: Submissions;
  readonly #proposer: Proposer;
  readonly #pacemaker: Pacemaker;
  readonly #peers: Peers;
  readonly #allowance: Allowance;
  readonly #fetcher: Fetcher;
  readonly #catchUp: CatchUp;
  readonly #transfer: StateTransfer;
  readonly #barrier: ReadBarrier;
  /** Set from a lost disk until the block that ends it is durable. */
  #recovery: Recovery | undefined;
  /** The own block that ends amnesia is made, but not yet durable. */
  #returning = false;
  /** Until a restarted replica has heard what peers know of it. */
  #boot: Boot | undefined;
  /** The newest own block that is durable: what others may count on. */
  #ownHead: AcceptedBlock | undefined;
  /** Own blocks made and not yet durable. */
  readonly #staged = new Set<AcceptedBlock>();
  /** Own blocks that became durable in this turn. */
  #announce: AcceptedBlock[] = [];
  /** Commits handed out and not yet applied, for the digests. */
  readonly #chainDigests = new Map<CommitIndex, Digest>();
  readonly #checkpoints = new Map<CommitIndex, CommitPoint>();
  readonly #snapshot: ServedSnapshot;
  readonly #retention: Retention;
  /** The newest commit handed out, and the machine's digest after it once that is known. */
  #lastCommit: { readonly index: CommitIndex; stateDigest: Digest } | undefined;
  #seenHorizon: Round = 0;
  /** Commits up to here are in the state that was found at the start. */
  readonly #durableState: { readonly index: CommitIndex; readonly digest: Digest };
  /** Since when rounds are needed here and nothing is committed. */
  #wantingSince: Millis | undefined;
  #halted = false;

  static open(options: ReplicaOptions): Replica {
    return new Replica(options);
  }

  private constructor(options: ReplicaOptions) {
    checkLimits(options.limits);
    const { committee, crypto, genesisHash, limits, self, start } = options;
    invariant(committee.members[self] !== undefined, "this replica is not a member of its committee");
    const mutations: Mutations = options.mutations ?? {};
    const records = start.kind === "restart" ? start.records : [];
    this.#blockContext = { committee, limits, crypto, genesisHash };
    this.#dag = new Dag(committee);
    this.#outbox = new Outbox({
      sequence: records.at(-1)?.sequence ?? 0,
      voteBeforeSync: mutations.voteBeforeSync === true,
    });
    let questions = 0;
    this.#context = {
      committee,
      self,
      limits,
      tuning: { ...DEFAULT_TUNING, ...options.tuning },
      mutations,
      clock: this.#clock,
      dag: this.#dag,
      outbox: this.#outbox,
      nextQuestion: () => options.boot * QUESTIONS_MAX + (++questions % QUESTIONS_MAX),
      send: (to, channel, message) => this.#send(to, channel, message),
      broadcast: (channel, message) => this.#broadcast(channel, message),
    };
    const context = this.#context;
    this.#peers = new Peers(context);
    this.#intake = new Intake(context, this.#blockContext, {
      accepted: (block) => this.#accepted(block),
      rejected: (from, rejection) => this.#rejected(from, rejection),
      evidence: (author, what) => this.#outbox.emit({ kind: "evidence", author, what }),
      farAhead: (from) => this.#catchUp.want(from),
    });
    this.#log = new CommitLog(context, this.#blockContext);
    this.#snapshot = new ServedSnapshot(this.#clock, limits.gcDepth);
    this.#tripwire = new Tripwire(context, crypto);
    this.#need = new Need(context);
    this.#submissions = new Submissions(context);
    this.#footing = new Footing(context, (author) => this.#standing(author));
    this.#proposer = new Proposer(context, this.#blockContext, this.#footing, {
      commitVote: (round) => this.#tripwire.vote(round),
      takeEvidence: () => this.#intake.exposure.takeEvidence(),
      wallOfHalf: () => this.#peers.wallOfHalf(),
    });
    this.#pacemaker = new Pacemaker(context, this.#peers, this.#footing);
    this.#fetcher = new Fetcher(context, this.#peers, this.#intake);
    this.#intake.isRoot = (ref) => this.#fetcher.isRoot(ref);
    this.#intake.isStalled = () => this.#isStalled(context.tuning.refusalMsMax);
    const { answerBurstBytes, answerBytesPerMs } = context.tuning;
    this.#allowance = new Allowance(this.#clock, { bytesPerMs: answerBytesPerMs, burstBytes: answerBurstBytes });
    this.#catchUp = new CatchUp(context, this.#peers, this.#allowance, {
      standing: () => ({
        index: this.#tripwire.applied,
        digest: this.#tripwire.digestAt(this.#tripwire.applied),
        checkpoint: this.#snapshot.cursor?.index ?? 0,
      }),
      reach: (author, accepted) => this.#intake.reach(author, accepted),
    });
    this.#transfer = new StateTransfer(context, this.#blockContext, this.#peers, {
      combine: (chain, state) => this.#tripwire.combine(chain, state),
      oldestWanted: () => this.#intake.oldestWanted(),
    });
    this.#barrier = new ReadBarrier(context, this.#peers, {
      isOrdered: (block) => this.#log.isOrdered(block),
      deadline: () => (this.#chainDigests.size > 0 ? "applying" : this.#need.nextDeadline),
    });
    this.#durableState =
      start.kind === "restart" ? { index: start.stateIndex, digest: start.stateDigest } : { index: 0, digest: "" };
    this.#retention = new Retention(context, this.#blockContext, this.#durableState.index);
    this.#start(start);
  }

  /** Takes one input; answers what has to be done, in order. */
  step(input: Input): readonly Effect[] {
    if (this.#halted) return [];
    try {
      if (input.kind === "tick") {
        // The tick that precedes another input only tells the time.
        if (this.#tick(input.now, input.wall)) this.#settle();
      } else {
        this.#handle(input);
        if (!this.#halted) this.#settle();
      }
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      this.#halt("invariant", error.message);
    }
    return this.#outbox.take();
  }

  status(): ReplicaStatus {
    return {
      mode: this.#mode(),
      round: this.#dag.highestRound,
      ownRound: this.#ownHead?.round ?? 0,
      ownStamp: this.#proposer.timestamp,
      undecidedRound: this.#log.undecidedRound,
      commitIndex: this.#log.index,
      appliedIndex: this.#tripwire.applied,
      horizon: this.#dag.horizon,
      floor: this.#dag.floor,
      logTime: this.#log.time,
      reachableStake: this.#peers.reachableStake(),
      pendingBlocks: this.#intake.pending.size,
      queuedBytes: this.#submissions.queuedBytes,
    };
  }

  /** Every member, this replica included, in the committee's order. */
  members(): readonly MemberStanding[] {
    const { committee, self } = this.#context;
    return committee.members.map((_, author) => ({
      up: author === self || this.#peers.isUp(author),
      round: this.#dag.head(author)?.round ?? 0,
      claimedIndex: author === self ? this.#tripwire.applied : (this.#peers.heads(author)?.index ?? 0),
      roundTripMs: this.#peers.roundTripMs(author),
      exposed: this.#intake.exposure.isExposed(author),
    }));
  }

  /** How many other members have this ordered block in the history of their newest one. */
  witnesses(ref: BlockRef): number {
    const block = this.#dag.get(ref);
    // What is forgotten was ordered a horizon ago: whoever has built on what followed has it in its history.
    return this.#peers.others.filter((peer) =>
      block === undefined ? (this.#dag.head(peer)?.round ?? 0) > this.#dag.horizon : this.#hasSeen(peer, block),
    ).length;
  }

  /** Why the slots of a round are as they are, one sentence each. */
  explain(round: Round): readonly string[] {
    return this.#log.explain(round);
  }

  #mode(): ReplicaStatus["mode"] {
    if (this.#halted) return "halted";
    if (this.#recovery !== undefined) return "recovering";
    if (this.#tripwire.suspicious) return "suspicious";
    return this.#log.restoring || this.#transfer.isVouched ? "restoring" : "normal";
  }

  #start(start: Start): void {
    switch (start.kind) {
      case "fresh":
        return;
      case "amnesia":
        this.#outbox.persist("amnesia", 0, new Uint8Array(0));
        this.#recovery = new Recovery(this.#context, this.#peers);
        return;
      case "restart":
        this.#reload(start.records);
        this.#need.setNextDeadline(start.nextDeadline);
        this.#boot = new Boot(this.#context);
        return;
      default:
        unreachable(start);
    }
  }

  /** Brings back what the log holds. Commits that the state already reflects are derived again, but not handed out. */
  #reload(records: readonly LogRecord[]): void {
    for (const { kind, bytes, sequence } of records) {
      if (kind !== "cursor") continue;
      const cursor = decodeCursor(bytes, this.#blockContext);
      invariant(!isRejection(cursor), "a cursor in the own log does not decode");
      if (cursor.index <= this.#durableState.index) this.#retention.found(cursor, sequence);
    }
    const base = this.#retention.newest;
    if (base !== undefined) this.#log.restore(base);
    if (this.#durableState.index === (base?.index ?? 0)) this.#recallState();
    let amnesiac = false;
    for (const { kind, bytes, sequence } of records) {
      if (kind === "amnesia") amnesiac = true;
      if (kind !== "block") continue;
      const block = decodeBlock(bytes, this.#blockContext);
      invariant(!isRejection(block), "a block in the own log does not decode");
      const own = block.author === this.#context.self;
      if (own && block.recovered) amnesiac = false;
      if (own && block.round <= this.#dag.horizon) {
        // Too old to be ordered, and still what the next own block has to begin with.
        this.#proposer.adopt(new AcceptedBlock(block, [], sequence));
        continue;
      }
      // An own block that hangs in the air: a snapshot was taken and lost again with what came before the block.
      if (!this.#intake.reload(block, sequence) && own) amnesiac = true;
      // Step by step, as when the blocks came: the horizon must rise in time for those that were accepted above it.
      this.#commit();
    }
    this.#ownHead = this.#proposer.last;
    if (amnesiac) this.#recovery = new Recovery(this.#context, this.#peers);
    this.#commit();
  }

  #tick(now: Millis, wall: Millis): boolean {
    this.#clock.now = Math.max(this.#clock.now, now);
    this.#clock.wall = wall;
    return this.#outbox.woken(now);
  }

  #handle(input: Exclude<Input, { kind: "tick" }>): void {
    switch (input.kind) {
      case "commands": {
        const refusal = this.#refusal();
        if (refusal === undefined) this.#submissions.submit(input.commands);
        else this.#submissions.refuse(input.commands, refusal);
        return;
      }
      case "message":
        this.#receive(input.from, input.bytes);
        return;
      case "persisted":
        this.#outbox.confirm(input.upTo);
        this.#retention.persisted();
        return;
      case "peer-up":
        this.#peers.setUp(input.peer, true);
        this.#catchUp.greet(input.peer);
        return;
      case "peer-down":
        this.#peers.setUp(input.peer, false);
        this.#catchUp.lost(input.peer);
        this.#transfer.lost(input.peer);
        return;
      case "read": {
        const refusal = this.#refusal();
        if (refusal === undefined) this.#barrier.read(input.id);
        else this.#outbox.emit({ kind: "read-refused", id: input.id, reason: refusal });
        return;
      }
      case "applied":
        this.#applied(input.upTo, input.digest);
        this.#need.setNextDeadline(input.nextDeadline);
        return;
      case "deadline":
        this.#need.askDeadline(input.at);
        return;
      case "flushed":
        this.#retention.flushed(input.upTo);
        return;
      case "snapshot-piece":
        this.#sendPiece(input);
        return;
      case "restored":
        this.#restored(input.index, input.digest, input.nextDeadline);
        return;
      case "restore-failed":
        this.#transfer.failed();
        return;
      default:
        unreachable(input);
    }
  }

  #receive(from: AuthorIndex, bytes: Uint8Array): void {
    if (from === this.#context.self || this.#context.committee.members[from] === undefined) {
      this.#rejected(from, reject("own-name", { from }));
      return;
    }
    const message = decodeMessage(bytes, this.#blockContext);
    if (isRejection(message)) this.#rejected(from, message);
    else this.#hear(from, message);
  }

  /** Whether this replica can say what its newest block is: not after its disk was lost, nor before peers were asked. */
  get #knowsItself(): boolean {
    return this.#recovery === undefined && this.#boot === undefined;
  }

  #hear(from: AuthorIndex, message: Message): void {
    // Questions are short and answers are long.
    if (QUESTIONS.has(message.kind) && !this.#allowance.has(from)) return;
    switch (message.kind) {
      case "blocks":
        for (const bytes of message.blocks) this.#receiveBlock(from, bytes);
        return;
      case "fetch":
        this.#catchUp.serveRefs(from, message.refs, (block) => this.#isServable(block));
        return;
      case "heads":
        this.#hearHeads(from, message);
        return;
      case "want":
        this.#catchUp.serve(from, message.rounds, (block) => this.#isServable(block));
        return;
      case "frontier-request":
        if (this.#knowsItself && !this.#tripwire.suspicious) {
          this.#answer(from, { kind: "frontier", id: message.id, head: this.#ownHead?.block.bytes ?? EMPTY });
        }
        return;
      case "frontier":
        this.#hearFrontier(from, message.id, message.head);
        return;
      case "recovery-request":
        this.#hearPlea(from, message.nonce);
        return;
      case "recovery":
        this.#hearRecovery(from, message);
        return;
      case "digest-request":
        this.#sendDigests(from, message.from, message.to);
        return;
      case "digests":
        this.#raise(this.#tripwire.answered(from, message.from, message.digests));
        this.#transfer.digests(from, message.from, message.digests);
        return;
      case "snapshot-request":
        this.#hearSnapshotRequest(from, message.index, message.offset);
        return;
      case "snapshot": {
        const refused = this.#transfer.piece(from, message, this.#progressIndex());
        if (refused !== undefined) this.#rejected(from, refused);
        return;
      }
      default:
        unreachable(message);
    }
  }

  #receiveBlock(from: AuthorIndex, bytes: Uint8Array): void {
    if (this.#intake.known(bytes) !== undefined) return;
    const block = decodeBlock(standingAlone(bytes), this.#blockContext);
    if (isRejection(block)) this.#rejected(from, block);
    else this.#intake.receive(block, from);
  }

  /** A member's newest block, told in an answer: seldom one that is not here already. */
  #readHead(bytes: Uint8Array): Block | Rejection {
    return this.#intake.known(bytes) ?? decodeBlock(standingAlone(bytes), this.#blockContext);
  }

  #hearHeads(from: AuthorIndex, message: Extract<Message, { kind: "heads" }>): void {
    const first = this.#peers.heads(from) === undefined;
    this.#peers.heard(from, message);
    this.#boot?.heard(from);
    this.#catchUp.heard(from, message, first);
    this.#transfer.consider(from, message, this.#catchUp.rounds(), this.#progressIndex());
    if (message.index > 0 && message.digest !== "") this.#raise(this.#tripwire.compare(from, message));
  }

  #hearFrontier(from: AuthorIndex, id: number, head: Uint8Array): void {
    if (head.length === 0) {
      if (this.#barrier.replied(id, from)) this.#barrier.frontier(id, from, undefined);
      return;
    }
    const block = this.#readHead(head);
    if (isRejection(block) || block.author !== from) {
      this.#rejected(from, isRejection(block) ? block : reject("own-name", { author: block.author, from }));
      return;
    }
    if (!this.#barrier.replied(id, from)) return;
    this.#intake.receive(block, from);
    this.#barrier.frontier(id, from, block.ref);
  }

  #hearPlea(from: AuthorIndex, nonce: number): void {
    if (!this.#knowsItself || !this.#need.plea(from, nonce)) return;
    this.#answer(from, {
      kind: "recovery",
      nonce,
      head: this.#ownHead?.block.bytes ?? EMPTY,
      rounds: this.#catchUp.rounds(),
      floor: this.#dag.floor,
    });
  }

  #hearRecovery(from: AuthorIndex, message: Extract<Message, { kind: "recovery" }>): void {
    if (this.#recovery === undefined) return;
    let head: BlockRef | undefined;
    if (message.head.length > 0) {
      const block = this.#readHead(message.head);
      if (isRejection(block) || block.author !== from) {
        this.#rejected(from, isRejection(block) ? block : reject("own-name", { author: block.author, from }));
        return;
      }
      head = block.ref;
      this.#recovery.replied(from, message.nonce, { head, rounds: message.rounds });
      this.#intake.receive(block, from);
    } else this.#recovery.replied(from, message.nonce, { head, rounds: message.rounds });
    this.#catchUp.want(from);
  }

  #hearSnapshotRequest(from: AuthorIndex, wanted: CommitIndex, offset: number): void {
    // After a restart the driver has none until the next checkpoint, which in an idle cluster may never come.
    if (this.#snapshot.cursor === undefined && this.#snapshot.isReplaceable(this.#dag.horizon)) this.#takeSnapshotNow();
    const index = this.#snapshot.cursor?.index;
    if (index === undefined || !this.#snapshot.asked(from)) return;
    // Another one is kept by now: the asker learns that from the first piece and starts again.
    this.#outbox.emit({
      kind: "read-snapshot",
      to: from,
      index,
      offset: wanted === 0 || wanted === index ? offset : 0,
    });
  }

  /** Has the driver keep the state as it is, if the machine has caught up with the log. */
  #takeSnapshotNow(): void {
    const { point } = this.#log;
    if (point === undefined || this.#lastCommit === undefined || this.#tripwire.applied !== point.index) return;
    this.#snapshot.begin(point.index);
    this.#outbox.emit({ kind: "checkpoint", index: point.index });
    this.#snapshot.complete({ ...point, stateDigest: this.#lastCommit.stateDigest });
  }

  #sendPiece({ to, index, offset, total, bytes }: Extract<Input, { kind: "snapshot-piece" }>): void {
    this.#snapshot.sent(to);
    const served = this.#snapshot.cursor;
    if (served === undefined || served.index !== index) return;
    this.#allowance.spend(to, bytes.length);
    const cursor = offset === 0 ? encodeCursor(served, this.#blockContext) : EMPTY;
    this.#send(to, "catch-up", { kind: "snapshot", index, cursor, offset, total, bytes });
  }

  #sendDigests(to: AuthorIndex, from: CommitIndex, upTo: CommitIndex): void {
    const digests: Digest[] = [];
    for (let index = from; index <= upTo && digests.length < DIGESTS_PER_ANSWER; index++)
      digests.push(this.#tripwire.digestAt(index));
    if (digests.length > 0) this.#answer(to, { kind: "digests", from, digests });
  }

  /** Own blocks are shown to nobody before they are durable. */
  #isServable(block: AcceptedBlock): boolean {
    return block.author !== this.#context.self || this.#outbox.isDurable(block.sequence);
  }

  /** A block is accepted: everybody who counts blocks is told. Own blocks made now come here once they are durable. */
  #accepted(block: AcceptedBlock): void {
    const { self } = this.#context;
    if (block.author === self) this.#recognise(block);
    this.#pacemaker.accepted(block);
    this.#need.accepted(block);
    this.#catchUp.progress();
    this.#log.accept(block);
    if (block.block.recovered) {
      this.#need.granted(block.author);
      this.#intake.dropForgotten();
    }
    const { commitVote } = block.block;
    if (commitVote !== undefined && block.author !== self)
      this.#raise(this.#tripwire.compare(block.author, commitVote));
    this.#barrier.accepted(block);
  }

  /** An own block that this life did not make: from the log, from peers after amnesia, or a sign that something is lost. */
  #recognise(block: AcceptedBlock): void {
    if (block.round <= this.#proposer.lastRound) return;
    this.#proposer.adopt(block);
    if (!this.#outbox.isDurable(block.sequence) && this.#recovery === undefined) {
      // Peers know a newer block of ours than our disk: what else was lost is not known, so all of it counts as lost.
      this.#outbox.persist("amnesia", 0, EMPTY);
      this.#recovery = new Recovery(this.#context, this.#peers);
      this.#submissions.refuseWaiting("recovering");
      this.#barrier.refuseAll("recovering");
    }
  }

  #applied(upTo: CommitIndex, stateDigest: Digest): void {
    const chainDigest = this.#chainDigests.get(upTo);
    invariant(chainDigest !== undefined, "a commit was applied that was not handed out");
    for (const index of this.#chainDigests.keys()) {
      if (index > upTo) break;
      this.#chainDigests.delete(index);
    }
    this.#raise(this.#tripwire.record(upTo, this.#tripwire.combine(chainDigest, stateDigest)));
    if (this.#lastCommit?.index === upTo) this.#lastCommit.stateDigest = stateDigest;
    const checkpoint = this.#checkpoints.get(upTo);
    if (checkpoint === undefined) return;
    this.#checkpoints.delete(upTo);
    this.#retention.keep({ ...checkpoint, stateDigest }, this.#proposer.last);
    this.#snapshot.complete({ ...checkpoint, stateDigest });
  }

  #restored(index: CommitIndex, stateDigest: Digest, nextDeadline: Millis | undefined): void {
    const cursor = this.#transfer.restored(index);
    if (cursor === undefined) return;
    invariant(cursor.stateDigest === stateDigest, "the restored state has another digest than its cursor");
    this.#log.restore(cursor);
    this.#chainDigests.clear();
    this.#checkpoints.clear();
    this.#retention.begin(cursor, this.#proposer.last);
    this.#lastCommit = undefined;
    this.#snapshot.begin(index);
    this.#outbox.emit({ kind: "checkpoint", index });
    this.#snapshot.complete(cursor);
    this.#tripwire.restart(index, this.#tripwire.combine(this.#log.chainDigest, stateDigest));
    this.#need.setNextDeadline(nextDeadline);
    this.#submissions.skipped((round) => round <= cursor.anchor.round);
    for (const block of this.#dag.above(cursor.horizon)) if (!this.#staged.has(block)) this.#log.accept(block);
    this.#horizonRose();
  }

  /** The newest commit that is handed out, or was found in the state at the start. */
  #progressIndex(): CommitIndex {
    return Math.max(this.#log.index, this.#durableState.index);
  }

  /** What the state that was found at the start tells of its commit. */
  #recallState(): void {
    const { index, digest } = this.#durableState;
    if (index > 0) this.#tripwire.restart(index, this.#tripwire.combine(this.#log.chainDigest, digest));
  }

  /** Does whatever the last input made possible, until nothing is left to do but wait. */
  #settle(): void {
    let wake = this.#intake.run();
    this.#commit();
    if (this.#peers.reachableStake() < this.#context.committee.thresholds.parents) {
      this.#submissions.refuseWaiting("no-quorum");
      this.#barrier.refuseAll("no-quorum");
    }
    wake = earlier(wake, this.#pace());
    this.#sendAnnounced();
    wake = earlier(wake, this.#barrier.run(this.#ownHead));
    this.#fetcher.wantRoots(this.#log.missing);
    wake = earlier(wake, this.#fetcher.run());
    wake = earlier(wake, this.#tripwire.run());
    wake = earlier(wake, this.#transfer.run(this.#progressIndex()));
    wake = earlier(wake, this.#recovery?.run());
    wake = earlier(wake, this.#catchUp.run(this.#isNeedy(), this.#ownHead));
    this.#forget();
    this.#outbox.wakeAt(wake);
  }

  #commit(): void {
    const restoring = this.#log.restoring;
    // What is handed out while the machine takes over another state would be undone by it.
    while (!this.#tripwire.suspicious && !this.#transfer.isStaged) {
      const commit = this.#log.next();
      if (restoring && !this.#log.restoring) this.#need.prune((block) => this.#log.isOrdered(block));
      if (commit === undefined) return;
      this.#handOut(commit);
      this.#horizonRose();
    }
  }

  #handOut({ anchor, blocks, chainDigest, index, time }: Commit): void {
    const { limits, self } = this.#context;
    this.#pacemaker.committed();
    this.#wantingSince = undefined;
    for (const block of blocks) this.#need.ordered(block);
    if (index <= this.#durableState.index) {
      for (const block of blocks) if (block.author === self) this.#submissions.ordered(block.round);
      if (index === this.#durableState.index) {
        this.#recallState();
        this.#lastCommit = { index, stateDigest: this.#durableState.digest };
      }
      return;
    }
    this.#chainDigests.set(index, chainDigest);
    this.#outbox.commit({
      index,
      anchor: anchor.block.ref,
      time,
      chainDigest,
      blocks: blocks.map((block) => ({
        ref: block.block.ref,
        author: block.author,
        timestamp: block.block.timestamp,
        payload: block.block.payload,
        ids: block.author === self ? this.#submissions.ordered(block.round) : undefined,
      })),
    });
    this.#lastCommit = { index, stateDigest: "" };
    if (index % limits.checkpointCommits !== 0) return;
    this.#checkpoints.set(index, this.#log.point!);
    if (!this.#snapshot.isReplaceable(this.#dag.horizon)) return;
    this.#snapshot.begin(index);
    this.#outbox.emit({ kind: "checkpoint", index });
  }

  #horizonRose(): void {
    const { horizon } = this.#dag;
    if (horizon === this.#seenHorizon) return;
    this.#seenHorizon = horizon;
    this.#retention.horizonRose();
    this.#intake.horizonRose();
    this.#submissions.expire(horizon);
    this.#need.expire(horizon);
    this.#barrier.horizonRose();
  }

  /** Makes own blocks as long as the pacemaker says so; answers when to ask again. */
  #pace(): Millis | undefined {
    const booting = this.#boot?.wait();
    if (booting !== undefined) return booting;
    this.#boot = undefined;
    if (this.#log.restoring || this.#transfer.isStaged) return undefined;
    for (;;) {
      const roundMin = this.#recovery === undefined || this.#returning ? 1 : this.#recovery.roundMin();
      if (roundMin === undefined) return undefined;
      const state = this.#paceState(roundMin);
      const pace = this.#pacemaker.next(state);
      if (pace.kind === "wait") {
        const deadline = this.#need.deadlineAt(this.#log.time);
        // A deadline that is not due yet wakes this replica; one that is due is need already.
        return earlier(pace.until, deadline !== undefined && deadline > this.#clock.now ? deadline : undefined);
      }
      this.#propose(pace.round, pace.fill, state);
    }
  }

  #propose(round: Round, fill: boolean, state: PaceState): void {
    const recovered = this.#recovery !== undefined && !this.#returning;
    const commands = fill || this.#recovery !== undefined ? [] : this.#submissions.take();
    const block = this.#proposer.propose(round, commands, recovered);
    this.#submissions.proposed(round, commands);
    this.#pacemaker.proposed(round, state);
    if (recovered) this.#returning = true;
    this.#staged.add(block);
    this.#outbox.whenDurable(block.sequence, () => {
      this.#staged.delete(block);
      this.#ownHead = block;
      this.#announce.push(block);
      this.#intake.doubts.accepted(block);
      if (recovered) {
        this.#recovery = undefined;
        this.#returning = false;
      }
      this.#accepted(block);
      this.#commit();
    });
  }

  /** Whether own blocks name that member's. */
  #standing(author: AuthorIndex): Standing {
    const { committee, mutations, self, tuning } = this.#context;
    if (author === self) return "welcome";
    const { doubts, exposure } = this.#intake;
    const exposed = exposure.isExposed(author);
    // Where nobody lies a chain that forked is accepted in part, and not the same part by everybody.
    if (exposed && (committee.fault.byzantine === 0 || mutations.unbending === true)) return "barred";
    if (mutations.heedless !== true && doubts.concern(author)) {
      // If nothing goes on that way, it is likelier that all who came back wait for one another's word.
      if (!this.#isStalled(tuning.doubtMsMax)) return "barred";
    }
    return exposed ? "last-resort" : "welcome";
  }

  /** Whether rounds have been needed for so long without a commit. */
  #isStalled(forMs: Millis): boolean {
    return this.#wantingSince !== undefined && this.#clock.now - this.#wantingSince >= forMs;
  }

  #paceState(roundMin: Round): PaceState {
    const hurried = this.#hasUrgentNeed(roundMin);
    const deadline = this.#need.deadlineAt(this.#log.time);
    const due = deadline !== undefined && deadline <= this.#clock.now;
    const needy = hurried || due || this.#need.pleading();
    this.#wantingSince = needy ? (this.#wantingSince ?? this.#clock.now) : undefined;
    return {
      lastRound: this.#proposer.lastRound,
      undecidedRound: this.#log.undecidedRound,
      needy,
      unhurried: !hurried,
      commandsWaiting: this.#submissions.waiting,
      batchFull: this.#submissions.full,
      overdue: this.#need.overdue(this.#dag.highestRound, OVERDUE_ROUNDS, this.#isAdmissible),
      staged: this.#staged.size,
      roundMin,
    };
  }

  readonly #isAdmissible = ({ author }: AcceptedBlock): boolean => !this.#footing.isAvoided(author);

  #hasUrgentNeed(roundMin: Round): boolean {
    return (
      this.#submissions.waiting ||
      this.#recovery !== undefined ||
      this.#barrier.waitsOnPayload ||
      this.#need.payload(Math.max(this.#proposer.lastRound + 1, roundMin), this.#isAdmissible)
    );
  }

  #isNeedy(): boolean {
    const deadline = this.#need.deadlineAt(this.#log.time);
    return (
      this.#hasUrgentNeed(1) ||
      this.#need.pleading() ||
      this.#intake.pending.size > 0 ||
      this.#log.restoring ||
      (deadline !== undefined && deadline <= this.#clock.now)
    );
  }

  /** Sends the own blocks that became durable, as one frame; with them late parents that a peer evidently lacks. */
  #sendAnnounced(): void {
    if (this.#announce.length === 0) return;
    const announced = this.#announce;
    this.#announce = [];
    for (const blocks of splitBlocks(announced.map(({ block }) => block.bytes)))
      this.#broadcast("blocks", { kind: "blocks", blocks });
    const late = announced.flatMap((block) =>
      block.parents.filter((parent) => parent.round < block.round - 1 && parent.author !== block.author),
    );
    if (late.length === 0) return;
    for (const peer of this.#peers.others) {
      if (!this.#peers.isUp(peer)) continue;
      const lacking = late.filter((parent) => parent.author !== peer && !this.#hasSeen(peer, parent));
      for (const blocks of splitBlocks(lacking.map(({ block }) => block.bytes)))
        this.#send(peer, "blocks", { kind: "blocks", blocks });
    }
  }

  /** Whether a block is in the history of that peer's newest block. */
  #hasSeen(peer: AuthorIndex, target: AcceptedBlock): boolean {
    const head = this.#dag.head(peer);
    if (head === undefined) return false;
    let seen = false;
    traverse([head], (block) => {
      seen ||= block === target;
      return !seen && block.round > target.round;
    });
    return seen;
  }

  /** Drops what nobody needs any more, from memory and then from the disk. */
  #forget(): void {
    if (!this.#retention.moved || this.#recovery !== undefined || this.#log.restoring) return;
    const floor = this.#retention.memoryFloor(this.#log.undecidedRound, this.#snapshot.cursor?.horizon);
    if (floor !== undefined && floor > this.#dag.floor) {
      this.#dag.forget(floor);
      this.#log.forget(floor);
    }
    const gone = this.#retention.diskFloor();
    if (gone !== undefined) this.#outbox.emit({ kind: "forget", ...gone });
  }

  /** Why nothing can be asked of this replica now, if so. */
  #refusal(): "recovering" | "diverged" | "no-quorum" | undefined {
    if (this.#recovery !== undefined || this.#log.restoring || this.#transfer.isVouched) return "recovering";
    if (this.#tripwire.suspicious) return "diverged";
    return this.#peers.reachableStake() < this.#context.committee.thresholds.parents ? "no-quorum" : undefined;
  }

  #raise(alarms: readonly TripwireAlarm[]): void {
    for (const alarm of alarms) {
      if (alarm.kind === "halt") this.#halt("diverged", alarm.dump);
      else this.#outbox.emit({ kind: "evidence", author: alarm.author, what: "tells another digest for a commit" });
    }
    if (this.#tripwire.suspicious) {
      this.#submissions.refuseWaiting("diverged");
      this.#barrier.refuseAll("diverged");
    }
  }

  #halt(reason: HaltReason, dump: string): void {
    this.#halted = true;
    this.#outbox.emit({ kind: "halt", reason, dump });
  }

  #rejected(from: AuthorIndex, rejection: Rejection): void {
    this.#outbox.emit({ kind: "rejected", from, rejection });
  }

  /** Answers a question, out of what that peer may have. */
  #answer(to: AuthorIndex, message: Message): void {
    const bytes = encodeMessage(message, this.#blockContext);
    this.#allowance.spend(to, bytes.length);
    this.#outbox.emit({ kind: "send", to, channel: "blocks", bytes });
  }

  #send(to: AuthorIndex, channel: Channel, message: Message): void {
    this.#outbox.emit({ kind: "send", to, channel, bytes: encodeMessage(message, this.#blockContext) });
  }

  #broadcast(channel: Channel, message: Message): void {
    if (this.#peers.others.length > 0)
      this.#outbox.emit({ kind: "broadcast", channel, bytes: encodeMessage(message, this.#blockContext) });
  }
}

const EMPTY = new Uint8Array(0);

/** What a block may keep alive of the frame that it came in, besides as much again. */
const FRAME_REST_BYTES_MAX = 4096;

/** A block is kept, and the frame around it must not be: small blocks in large frames would be an expensive gift. */
function standingAlone(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length + FRAME_REST_BYTES_MAX ? new Uint8Array(bytes) : bytes;
}

function earlier(one: Millis | undefined, other: Millis | undefined): Millis | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}
