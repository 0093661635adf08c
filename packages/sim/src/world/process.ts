// One replica as a process of the simulated world: the real core, a driver that obeys its effects to the letter, a disk,
// a machine and two clocks. It can be killed between any two effects, and at each of its crash points: between appending
// and syncing, between syncing and hearing of it, before each frame leaves, between committing and flushing.
//
// The law it keeps: whatever is not on the disk is gone with the process. A new life gets a new core and a new machine.
import {
  type AuthorIndex,
  type Batch,
  type Channel,
  type CommandGroup,
  type CommitIndex,
  concatBytes,
  type Digest,
  type Effect,
  type Input,
  type Machine,
  type Millis,
  type RefusalReason,
  type Replica,
  type ReplicaOptions,
  type ReplicaStatus,
  type Start,
} from "@quorate/core";
import { DiskFullError, type SimulatedDisk } from "./disk.ts";
import type { Endpoint, Network } from "./network.ts";
import type { ProcessClock } from "./process-clock.ts";
import { MARK, type Trace } from "./trace.ts";

/** What a process needs of the core. */
export type SteppedReplica = Pick<Replica, "step" | "status">;

/** What a process needs of the world. */
export interface ProcessHost {
  readonly now: Millis;
  readonly trace: Trace;
  at(time: Millis, run: () => void): void;
  after(delay: Millis, run: () => void): void;
}

/** Told of everything that judges and statistics want to know. */
export interface ProcessObserver<Reply> {
  started(process: SimulatedProcess<Reply>, how: Start["kind"], index: CommitIndex): void;
  committed(
    process: SimulatedProcess<Reply>,
    batch: Batch,
    replies: readonly (readonly Reply[])[],
    state: Digest,
  ): void;
  restored(process: SimulatedProcess<Reply>, index: CommitIndex, state: Digest): void;
  stopped(process: SimulatedProcess<Reply>, why: StopReason): void;
  noted(process: SimulatedProcess<Reply>, effect: Extract<Effect, { kind: "evidence" | "rejected" }>): void;
}

/** Why a process is not running. */
export type StopReason =
  | { readonly kind: "crash"; readonly what: string }
  /** The core stopped itself, or threw: our bug, unless the scenario is about just that. */
  | { readonly kind: "halt"; readonly reason: string; readonly dump: string };

/** The places where the order of effects matters; a crash can be planned at any of them. */
export type CrashPoint = "append" | "synced" | "send" | "commit" | "flushed";

/** What became of a submitted command. `broken`: the process died, and nobody can tell. */
export type SubmitAnswer<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "refused"; readonly reason: RefusalReason }
  /** Not proposed again; `certain`: and certainly not applied. */
  | { readonly kind: "dropped"; readonly certain: boolean }
  | { readonly kind: "broken" };

export type ReadAnswer<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "refused"; readonly reason: RefusalReason }
  | { readonly kind: "broken" };

/** Where frames of a process go: the network, or an adversary that sits before it. */
export interface Wire {
  send(to: AuthorIndex, channel: Channel, bytes: Uint8Array): void;
}

export interface ProcessOptions<Reply> {
  readonly self: AuthorIndex;
  readonly members: number;
  readonly clock: ProcessClock;
  readonly disk: SimulatedDisk;
  readonly replica: Omit<ReplicaOptions, "start" | "boot">;
  readonly open: (options: ReplicaOptions) => SteppedReplica;
  readonly createMachine: () => Machine<Reply>;
  /** The disk has no room left: the world must crash this process. */
  readonly diskFull: () => void;
  readonly observer: ProcessObserver<Reply>;
  /** Largest piece of a snapshot that is handed out at once. */
  readonly snapshotPieceBytes: number;
}

interface PendingRead<Reply> {
  readonly words: readonly Uint8Array[];
  answer(answer: ReadAnswer<Reply>): void;
}

interface PendingCommand<Reply> {
  answer(answer: SubmitAnswer<Reply>): void;
}

/** Unwinds the driver when the process dies in the middle of a turn. */
class Died extends Error {}

/** Turns in a row that only the timer asked for, within a millisecond: more is a core that spins. */
const SPINS_MAX = 2_000;

export class SimulatedProcess<Reply> implements Endpoint {
  readonly self: AuthorIndex;
  readonly clock: ProcessClock;
  readonly disk: SimulatedDisk;
  readonly #host: ProcessHost;
  readonly #options: ProcessOptions<Reply>;
  readonly #wire: Wire;
  #replica: SteppedReplica | undefined;
  #machine: Machine<Reply>;
  /** Changes with every start and stop: what was planned for another life lapses. */
  #life = 0;
  #boots = 0;
  #state: "stopped" | "running" | "paused" | "halted" = "stopped";
  #inbox: Input[] = [];
  #followUps: Input[] = [];
  #turnPlanned = false;
  #busyUntil: Millis = 0;
  #turnMs: Millis = 0;
  #wakeAt: Millis | undefined;
  #timerAt: Millis | undefined;
  #spins = 0;
  #spinsSince: Millis = 0;
  #nextId = 1;
  readonly #commands = new Map<number, PendingCommand<Reply>>();
  readonly #reads = new Map<number, PendingRead<Reply>>();
  /** Reads that met a deadline which log time has not passed yet. */
  #overdue: PendingRead<Reply>[] = [];
  #applied: { readonly index: CommitIndex; readonly digest: Digest; readonly nextDeadline: Millis | undefined };
  #durableAfter = 0;
  #flushing = false;
  #checkpoint: { readonly index: CommitIndex; readonly bytes: () => Uint8Array } | undefined;
  #staged: { readonly index: CommitIndex; readonly pieces: Uint8Array[]; length: number } | undefined;
  /** Crash points passed so far, and the one at which to die. */
  points = 0;
  #dieAt: { readonly point: number; readonly then: () => void } | undefined;

  constructor(host: ProcessHost, wire: Wire, options: ProcessOptions<Reply>) {
    this.#host = host;
    this.#wire = wire;
    this.#options = options;
    this.self = options.self;
    this.clock = options.clock;
    this.disk = options.disk;
    this.#machine = options.createMachine();
    this.#applied = { index: 0, digest: "", nextDeadline: undefined };
  }

  get running(): boolean {
    return this.#state === "running" || this.#state === "paused";
  }

  get halted(): boolean {
    return this.#state === "halted";
  }

  get paused(): boolean {
    return this.#state === "paused";
  }

  /** The last commit that the machine applied. */
  get index(): CommitIndex {
    return this.#applied.index;
  }

  get digest(): Digest {
    return this.#applied.digest;
  }

  get machine(): Machine<Reply> {
    return this.#machine;
  }

  /** The core of this life, for tests and samples. */
  get replica(): SteppedReplica | undefined {
    return this.#replica;
  }

  /** What the core says it is doing; undefined while there is none, or while it cannot even say that. */
  get mode(): ReplicaStatus["mode"] | undefined {
    try {
      return this.#replica?.status().mode;
    } catch {
      return undefined;
    }
  }

  /** What waits to be worked on. */
  get backlog(): number {
    return this.#inbox.length + this.#commands.size + this.#reads.size;
  }

  start(): void {
    if (this.#state !== "stopped") return;
    const { disk } = this;
    const found = disk.open();
    if (found.kind === "lost") disk.startOver(found.why);
    this.#machine = this.#options.createMachine();
    const durable = disk.state;
    if (durable !== undefined) {
      this.#machine.restore(durable.snapshot.pieces, { index: durable.index, digest: durable.digest });
    }
    this.#applied = {
      index: durable?.index ?? 0,
      digest: durable?.digest ?? "",
      nextDeadline: durable?.nextDeadline,
    };
    const start: Start =
      found.kind === "new"
        ? { kind: "fresh" }
        : found.kind === "lost"
          ? { kind: "amnesia" }
          : {
              kind: "restart",
              records: found.records,
              stateIndex: this.#applied.index,
              stateDigest: this.#applied.digest,
              nextDeadline: this.#applied.nextDeadline,
            };
    this.#life += 1;
    this.#boots += 1;
    this.#state = "running";
    this.#host.trace.mark(MARK.start, this.self, this.#boots, this.#applied.index);
    if (this.#host.trace.sink !== undefined) {
      const why = found.kind === "lost" ? ` (${found.why})` : "";
      this.#host.trace.line(this.#name, `starts: ${start.kind}${why}, state of commit ${this.#applied.index}`);
    }
    this.#options.observer.started(this, start.kind, this.#applied.index);
    this.#guarded(() => {
      // Boots of two members never share a number, nor do two of one member.
      const boot = this.#boots * 128 + this.self;
      this.#replica = this.#options.open({ ...this.#options.replica, start, boot });
    });
    this.#planTurn();
  }

  /** The process dies at once. `silently`: power failed, and peers must notice by themselves. */
  crash(network: Network, options: { readonly silently: boolean; readonly what: string }): void {
    if (!this.running) return;
    this.#stop("stopped");
    network.leave(this.self, options.silently);
    this.disk.crash();
    this.#host.trace.mark(MARK.crash, this.self, this.disk.durable, this.points);
    if (this.#host.trace.sink !== undefined) {
      this.#host.trace.line(this.#name, `crashes: ${options.what}; ${this.disk.durable} records survive`);
    }
    this.#options.observer.stopped(this, { kind: "crash", what: options.what });
    this.#breakConnections();
  }

  /** Plans a death at the k-th crash point from now. */
  dieAtPoint(k: number, then: () => void): void {
    this.#dieAt = { point: this.points + k, then };
  }

  /** Forgets a planned death. */
  surviveAll(): void {
    this.#dieAt = undefined;
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.#planTurn();
  }

  /** From now on every turn takes that long. */
  setTurnMs(turnMs: Millis): void {
    this.#turnMs = turnMs;
  }

  frame(from: AuthorIndex, bytes: Uint8Array): void {
    this.#receive({ kind: "message", from, bytes });
  }

  peerUp(peer: AuthorIndex): void {
    this.#receive({ kind: "peer-up", peer });
  }

  peerDown(peer: AuthorIndex): void {
    this.#receive({ kind: "peer-down", peer });
  }

  /** A client wants this ordered. */
  submit(bytes: Uint8Array, session: boolean, answer: (answer: SubmitAnswer<Reply>) => void): void {
    if (!this.running) {
      answer({ kind: "refused", reason: "no-quorum" });
      return;
    }
    const id = this.#nextId++;
    this.#commands.set(id, { answer });
    this.#receive({ kind: "commands", commands: [{ id, bytes, session }] });
  }

  /** A client wants a linearizable read. */
  read(words: readonly Uint8Array[], answer: (answer: ReadAnswer<Reply>) => void): void {
    if (!this.running) {
      answer({ kind: "refused", reason: "no-quorum" });
      return;
    }
    const id = this.#nextId++;
    this.#reads.set(id, { words, answer });
    this.#receive({ kind: "read", id });
  }

  get #name(): string {
    return String(this.self);
  }

  #receive(input: Input): void {
    if (!this.running) return;
    this.#inbox.push(input);
    this.#planTurn();
  }

  #planTurn(): void {
    if (this.#turnPlanned || this.#state !== "running") return;
    this.#turnPlanned = true;
    const life = this.#life;
    this.#host.at(Math.max(this.#host.now, this.#busyUntil), () => {
      if (life !== this.#life) return;
      this.#turnPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#state !== "running") return;
    const inputs = this.#inbox;
    this.#inbox = [];
    this.#busyUntil = this.#host.now + this.#turnMs;
    this.#host.trace.mark(MARK.turn, this.self, inputs.length, this.#applied.index);
    if (inputs.length === 0 && this.#spinning()) {
      this.#halt("spinning", `${SPINS_MAX} turns within a millisecond had no input`);
      return;
    }
    this.#guarded(() => {
      // A timer that fired never shows a time before the one that was asked for, whatever rounding did to it.
      const { monotonic, wall } = this.clock;
      const due = this.#wakeAt !== undefined && this.clock.virtualAt(this.#wakeAt) <= this.#host.now;
      this.#step({ kind: "tick", now: due ? Math.max(monotonic, this.#wakeAt!) : monotonic, wall });
      for (const input of inputs) this.#step(input);
    });
    if (this.#state !== "running") return;
    this.#planSync();
    this.#planTimer();
  }

  #step(input: Input): void {
    this.#carryOut(this.#replica!.step(input));
    // What the driver learns while it carries out effects comes after them.
    for (let next = this.#followUps.shift(); next !== undefined; next = this.#followUps.shift()) {
      this.#carryOut(this.#replica!.step(next));
      // State that came from a peer may be kept only when everything the core wrote down about it is durable.
      if (next.kind === "restored") this.#durableAfter = this.disk.appended;
    }
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "persist":
        this.disk.append(effect.records);
        this.#host.trace.mark(MARK.append, this.self, effect.records.length, this.disk.appended);
        if (this.#host.trace.sink !== undefined) {
          const kinds = effect.records.map(
            ({ kind, round, sequence }) => `${sequence} ${kind}${kind === "block" ? ` of round ${round}` : ""}`,
          );
          this.#host.trace.line(this.#name, `appends ${kinds.join(", ")}`);
        }
        this.#passPoint("append");
        return;
      case "send":
        this.#passPoint("send");
        this.#wire.send(effect.to, effect.channel, effect.bytes);
        return;
      case "broadcast":
        for (let step = 1; step < this.#options.members; step++) {
          this.#passPoint("send");
          this.#wire.send((this.self + step) % this.#options.members, effect.channel, effect.bytes);
        }
        return;
      case "commit":
        this.#apply(effect.batch, effect.durableAfter);
        return;
      case "checkpoint":
        this.#keepCheckpoint(effect.index);
        return;
      case "read-snapshot":
        this.#readSnapshot(effect);
        return;
      case "unstage":
        this.#staged = undefined;
        return;
      case "restore":
        this.#stage(effect);
        return;
      case "read-ready": {
        const read = this.#reads.get(effect.id);
        this.#reads.delete(effect.id);
        if (read !== undefined) this.#query(read);
        return;
      }
      case "read-refused": {
        const read = this.#reads.get(effect.id);
        this.#reads.delete(effect.id);
        read?.answer({ kind: "refused", reason: effect.reason });
        return;
      }
      case "refused":
        this.#answer(effect.id, { kind: "refused", reason: effect.reason });
        return;
      case "dropped":
        this.#answer(effect.id, { kind: "dropped", certain: effect.certain });
        return;
      case "wake-at":
        this.#wakeAt = effect.time;
        return;
      case "forget":
        this.disk.reclaim(effect.round, effect.cursor);
        if (this.#host.trace.sink !== undefined) {
          this.#host.trace.line(
            this.#name,
            `forgets blocks up to round ${effect.round}, cursors before ${effect.cursor}`,
          );
        }
        return;
      case "evidence":
      case "rejected":
        if (this.#host.trace.sink !== undefined) this.#host.trace.line(this.#name, JSON.stringify(effect));
        this.#options.observer.noted(this, effect);
        return;
      case "halt":
        this.#halt(effect.reason, effect.dump);
        throw new Died();
    }
  }

  #apply(batch: Batch, durableAfter: number): void {
    const groups: CommandGroup[] = batch.blocks.map(({ author, timestamp, payload }) => ({
      author,
      timestamp,
      payload,
    }));
    const { index, time, chainDigest } = batch;
    const { replies, digest, nextDeadline } = this.#machine.apply({ index, time, chainDigest }, groups);
    this.#applied = { index, digest, nextDeadline };
    this.#durableAfter = durableAfter;
    this.#host.trace.mark(MARK.commit, this.self, index, Number.parseInt(digest.slice(0, 8), 16));
    if (this.#host.trace.sink !== undefined) {
      const commands = groups.reduce((sum, { payload }) => sum + payload.length, 0);
      const { round, author } = batch.anchor;
      this.#host.trace.line(
        this.#name,
        `commits ${index}: anchor ${author}@${round}, ${groups.length} blocks, ${commands} commands, state ${digest}`,
      );
    }
    this.#options.observer.committed(this, batch, replies, digest);
    this.#passPoint("commit");
    for (const [place, block] of batch.blocks.entries()) {
      for (const [position, id] of (block.ids ?? []).entries()) {
        const reply = replies[place]?.[position];
        if (reply !== undefined) this.#answer(id, { kind: "reply", reply });
      }
    }
    this.#followUps.push({ kind: "applied", upTo: index, digest, nextDeadline });
    this.#planFlush();
    if (this.#overdue.length === 0) return;
    const again = this.#overdue;
    this.#overdue = [];
    for (const read of again) this.#query(read);
  }

  #query(read: PendingRead<Reply>): void {
    const result = this.#machine.query(read.words, this.clock.wall);
    if ("reply" in result) {
      read.answer({ kind: "reply", reply: result.reply });
      return;
    }
    this.#overdue.push(read);
    this.#followUps.push({ kind: "deadline", at: result.deadline });
  }

  #answer(id: number, answer: SubmitAnswer<Reply>): void {
    const waiting = this.#commands.get(id);
    this.#commands.delete(id);
    waiting?.answer(answer);
  }

  #keepCheckpoint(index: CommitIndex): void {
    const snapshot = this.#machine.snapshot();
    let bytes: Uint8Array | undefined;
    this.#checkpoint = { index, bytes: () => (bytes ??= concatBytes([...snapshot.pieces])) };
  }

  #readSnapshot({ to, index, offset }: Extract<Effect, { kind: "read-snapshot" }>): void {
    if (this.#checkpoint?.index !== index) return;
    const whole = this.#checkpoint.bytes();
    if (offset > whole.length) return;
    const bytes = whole.subarray(offset, offset + this.#options.snapshotPieceBytes);
    this.#followUps.push({ kind: "snapshot-piece", to, index, offset, total: whole.length, bytes });
  }

  #stage({ index, offset, total, bytes, digest }: Extract<Effect, { kind: "restore" }>): void {
    if (offset === 0) this.#staged = { index, pieces: [], length: 0 };
    const staged = this.#staged;
    if (staged === undefined || staged.index !== index || staged.length !== offset) return;
    staged.pieces.push(bytes);
    staged.length += bytes.length;
    if (staged.length < total) return;
    this.#staged = undefined;
    try {
      this.#machine.restore(staged.pieces, { index, digest });
    } catch {
      this.#followUps.push({ kind: "restore-failed", index });
      return;
    }
    // The state holds no deadlines that the next commit would not name again; a restored one asks for them at once.
    const nextDeadline = deadlineOf(this.#machine);
    this.#applied = { index, digest, nextDeadline };
    this.#durableAfter = Number.POSITIVE_INFINITY;
    if (this.#host.trace.sink !== undefined) this.#host.trace.line(this.#name, `restores the state of commit ${index}`);
    this.#options.observer.restored(this, index, digest);
    this.#followUps.push({ kind: "restored", index, digest, nextDeadline });
    this.#planFlush();
  }

  #planSync(): void {
    if (!this.disk.wantsSync) return;
    const { takes, upTo } = this.disk.beginSync();
    const life = this.#life;
    this.#host.after(takes, () => {
      if (life !== this.#life) return;
      this.disk.finishSync(upTo);
      this.#host.trace.mark(MARK.synced, this.self, upTo, 0);
      if (this.#host.trace.sink !== undefined) this.#host.trace.line(this.#name, `records up to ${upTo} are durable`);
      this.#guarded(() => this.#passPoint("synced"));
      if (life !== this.#life) return;
      this.#receive({ kind: "persisted", upTo });
      // What came in while the disk was busy is the next group.
      this.#planSync();
    });
  }

  #planFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const life = this.#life;
    this.#host.after(this.disk.model.flushEveryMs, () => {
      if (life === this.#life) this.#flush();
    });
  }

  /** Writes the state out as of now, as soon as the log that it was derived from is durable. */
  #flush(): void {
    const life = this.#life;
    if (this.disk.durable < this.#durableAfter) {
      this.#host.after(this.disk.model.syncMs + 1, () => {
        if (life === this.#life) this.#flush();
      });
      return;
    }
    const { index, digest, nextDeadline } = this.#applied;
    const durableAfter = this.#durableAfter;
    const snapshot = this.#machine.snapshot();
    this.#host.after(this.disk.model.syncMs * 2, () => {
      if (life !== this.#life) {
        snapshot.close();
        return;
      }
      this.#flushing = false;
      this.#guarded(() => {
        this.disk.writeState({ index, digest, nextDeadline, snapshot }, durableAfter);
        this.#host.trace.mark(MARK.flushed, this.self, index, 0);
        if (this.#host.trace.sink !== undefined)
          this.#host.trace.line(this.#name, `state of commit ${index} is durable`);
        this.#passPoint("flushed");
      });
      if (life !== this.#life) return;
      this.#receive({ kind: "flushed", upTo: index });
      if (this.#applied.index > index) this.#planFlush();
    });
  }

  /** Keeps one timer in the queue, at the earliest time that may matter. */
  #planTimer(): void {
    if (this.#wakeAt === undefined) return;
    const at = Math.max(this.#host.now, this.clock.virtualAt(this.#wakeAt));
    if (this.#timerAt !== undefined && this.#timerAt <= at) return;
    this.#timerAt = at;
    const life = this.#life;
    this.#host.at(at, () => {
      if (life !== this.#life || this.#timerAt !== at) return;
      this.#timerAt = undefined;
      if (this.#wakeAt === undefined) return;
      // Clocks may have changed their pace, or the wish may be a later one.
      if (this.clock.virtualAt(this.#wakeAt) <= this.#host.now) this.#planTurn();
      else this.#planTimer();
    });
  }

  /** A core that asks to be woken again and again without time passing would burn a processor for ever. */
  #spinning(): boolean {
    const { now } = this.#host;
    if (now - this.#spinsSince > 1) {
      this.#spinsSince = now;
      this.#spins = 0;
    }
    this.#spins += 1;
    return this.#spins > SPINS_MAX;
  }

  #passPoint(_point: CrashPoint): void {
    this.points += 1;
    if (this.#dieAt === undefined || this.points < this.#dieAt.point) return;
    const { then } = this.#dieAt;
    this.#dieAt = undefined;
    then();
    throw new Died();
  }

  /** Runs a part of the driver; a death unwinds to here, and whatever the core throws stops the process. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof Died) return;
      if (error instanceof DiskFullError) {
        this.#options.diskFull();
        return;
      }
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      this.#halt(name, `${message}\n${stack ?? ""}`);
    }
  }

  #halt(reason: string, dump: string): void {
    this.#stop("halted");
    this.#host.trace.mark(MARK.halt, this.self, reason.length, 0);
    if (this.#host.trace.sink !== undefined) this.#host.trace.line(this.#name, `HALTS: ${reason}: ${dump}`);
    this.#options.observer.stopped(this, { kind: "halt", reason, dump });
    this.#breakConnections();
  }

  #stop(state: "stopped" | "halted"): void {
    this.#life += 1;
    this.#state = state;
    this.#replica = undefined;
    this.#inbox = [];
    this.#followUps = [];
    this.#turnPlanned = false;
    this.#wakeAt = undefined;
    this.#timerAt = undefined;
    this.#dieAt = undefined;
    this.#flushing = false;
    this.#checkpoint = undefined;
    this.#staged = undefined;
  }

  /** Clients learn that nobody will answer them any more. */
  #breakConnections(): void {
    const commands = [...this.#commands.values()];
    const reads = [...this.#reads.values(), ...this.#overdue];
    this.#commands.clear();
    this.#reads.clear();
    this.#overdue = [];
    for (const waiting of [...commands, ...reads]) waiting.answer({ kind: "broken" });
  }
}

/** Machines that keep deadlines tell the earliest one; the port names it only after an apply. */
function deadlineOf(machine: Machine<unknown>): Millis | undefined {
  const { nextDeadline } = machine as { readonly nextDeadline?: Millis };
  return nextDeadline;
}
