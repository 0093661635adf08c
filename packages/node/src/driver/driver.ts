// Turns the core's effects into deeds and what happens outside into its inputs: the same duty that the simulated process
// has, on real disks and links. Whatever came in since the last turn of the event loop is one turn here, with one group
// sync for all that it wants persisted.
//
// The laws it keeps: effects are carried out in the order given, and what that brings about is stepped only after them;
// a tick comes before all other inputs of a turn; state is released for the disk only when the log is durable up to what
// it was derived from; every answer is called exactly once.
import type {
  AuthorIndex,
  Batch,
  BlockRef,
  CommitIndex,
  Effect,
  Input,
  MessageContext,
  RefusalReason,
  Replica,
  Storage,
  Transport,
} from "@quorate/core";
import { InvariantError, unreachable } from "@quorate/core";
import { type KeyValueMachine, SnapshotError } from "@quorate/machine";
import type { Outcome, Words } from "../running-replica.ts";
import type { Log } from "../telemetry/log.ts";
import type { Clock } from "./clock.ts";
import { HELD_BYTES_MAX, Hold } from "./hold.ts";
import { whyBehind } from "./lag.ts";
import { PendingReads } from "./pending-reads.ts";
import { PendingSubmissions } from "./pending-submissions.ts";
import { Pleas } from "./pleas.ts";
import { Releases } from "./releases.ts";
import type { Snapshots } from "./snapshots.ts";

/** What is worth counting. */
export interface DriverObserver {
  turned(facts: { readonly inputs: number; readonly tookMs: number }): void;
  synced(facts: { readonly tookMs: number }): void;
  committed(facts: { readonly blocks: number; readonly commands: number; readonly tookMs: number }): void;
  /** A command of this replica's own clients got its answer. */
  answered(kind: Outcome["kind"], tookMs: number): void;
  read(kind: Outcome["kind"], tookMs: number): void;
  evidence(author: AuthorIndex, what: string): void;
  rejected(from: AuthorIndex, code: string): void;
  /** Another member has another state after the same commit, and it is asked who is right. */
  doubted(): void;
}

export interface DriverOptions {
  readonly core: Replica;
  readonly self: AuthorIndex;
  readonly members: number;
  /** What messages are read against. */
  readonly context: MessageContext;
  readonly blockLog: Storage;
  readonly machine: KeyValueMachine;
  /** Lets the state of that commit, and of all before it, go to the disk. */
  readonly release: (index: CommitIndex) => void;
  readonly snapshots: Snapshots;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: DriverObserver;
  /** The driver is done: the core halted, the disk failed, or something of ours is broken. Called once. */
  readonly onFailure: (failure: Error) => void;
}

/** The core said that it must not go on. The dump is for whoever finds out why. */
export class HaltError extends Error {
  override readonly name: string = "HaltError";
  readonly code: "corruption" | "failed";
  readonly dump: string;

  constructor(reason: string, dump: string) {
    super(`the replica halted (${reason}): ${dump.split("\n")[0] ?? ""}`);
    this.code = reason === "invariant" ? "failed" : "corruption";
    this.dump = dump;
  }
}

export class Driver {
  readonly #options: DriverOptions;
  readonly #submissions: PendingSubmissions;
  readonly #reads: PendingReads;
  readonly #releases: Releases;
  readonly #pleas: Pleas;
  readonly #hold = new Hold();
  #isDoubtful = false;
  readonly #listeners = new Set<(index: CommitIndex) => void>();
  /** When each member was last heard of, by the monotonic clock. */
  readonly #heardAt: number[];
  #inbox: Input[] = [];
  #followUps: Input[] = [];
  #turn: NodeJS.Immediate | undefined;
  #wakeAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #appended = 0;
  #state: "new" | "running" | "done" = "new";

  constructor(options: DriverOptions) {
    this.#options = options;
    const { clock, observer, release } = options;
    this.#submissions = new PendingSubmissions(clock, observer);
    this.#reads = new PendingReads(options.machine, clock, observer);
    this.#releases = new Releases(release);
    this.#pleas = new Pleas(options.context, clock);
    this.#heardAt = Array.from({ length: options.members }, () => clock.monotonic());
  }

  async start(): Promise<void> {
    this.#state = "running";
    this.#plan();
    await this.#options.transport.open({
      up: (peer) => this.#receive({ kind: "peer-up", peer }),
      down: (peer) => {
        this.#pleas.lost(peer);
        this.#receive({ kind: "peer-down", peer });
      },
      frame: (from, bytes) => {
        this.#heardAt[from] = this.#options.clock.monotonic();
        this.#pleas.heard(from, bytes);
        this.#receive({ kind: "message", from, bytes });
      },
    });
  }

  /** Puts an encoded command into the log. */
  submit(bytes: Uint8Array, session: boolean, answer: (outcome: Outcome) => void): void {
    if (this.#state === "done") answer({ kind: "refused", reason: "stopping" });
    else {
      this.#submissions.add(bytes, session, answer);
      this.#plan();
    }
  }

  read(words: Words, answer: (outcome: Outcome) => void): void {
    if (this.#state === "done") answer({ kind: "refused", reason: "stopping" });
    else {
      this.#reads.add(words, answer);
      this.#plan();
    }
  }

  readStale(words: Words): Outcome {
    // Its state is closed by then; doors that are closing still ask.
    if (this.#state === "done") return { kind: "refused", reason: "stopping" };
    try {
      return this.#reads.stale(words, this.#options.core.status().logTime);
    } catch (error) {
      this.fail(error);
      return { kind: "refused", reason: "stopping" };
    }
  }

  witnesses(block: BlockRef): number {
    return this.#options.core.witnesses(block);
  }

  /** Commands and reads that wait for their answer. */
  get waiting(): number {
    return this.#submissions.size + this.#reads.size;
  }

  /** Whether that member says that it lost its past, and so cannot vote yet. */
  isRecovering(member: AuthorIndex): boolean {
    return this.#pleas.isRecovering(member);
  }

  silentMs(member: AuthorIndex): number {
    return member === this.#options.self ? 0 : this.#options.clock.monotonic() - (this.#heardAt[member] ?? 0);
  }

  onCommit(listener: (index: CommitIndex) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The state up to this commit is on the disk. */
  flushed(upTo: CommitIndex): void {
    this.#receive({ kind: "flushed", upTo });
  }

  /** Something that this replica rests on is broken: nothing more is said. */
  fail(cause: unknown): void {
    if (this.#state === "done") return;
    this.#end();
    this.#options.onFailure(cause instanceof Error ? cause : new Error(String(cause)));
  }

  /** Ends everything: no step is taken any more, and what waits is told that nobody can tell. May be called twice. */
  async stop(): Promise<void> {
    this.#end();
    await this.#options.transport.close();
    this.#options.snapshots.close();
  }

  #end(): void {
    if (this.#state === "done") return;
    this.#state = "done";
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#submissions.stop();
    this.#reads.stop();
    this.#listeners.clear();
  }

  #receive(input: Input): void {
    if (this.#state === "done") return;
    this.#inbox.push(input);
    this.#plan();
  }

  #plan(): void {
    if (this.#turn !== undefined || this.#state !== "running") return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    const { clock, observer } = this.#options;
    const began = clock.monotonic();
    const inputs = this.#inbox;
    this.#inbox = [];
    const before = this.#appended;
    try {
      // A timer that fired early, as they do by a part of a millisecond, is armed again at the end of this turn.
      this.#step({ kind: "tick", now: clock.monotonic(), wall: clock.wall() });
      for (const input of inputs) this.#step(input);
      this.#look();
      if (this.#holdsUntil() === undefined) {
        const commands = this.#submissions.take();
        if (commands.length > 0) this.#step({ kind: "commands", commands });
        const read = this.#reads.take();
        if (read !== undefined) this.#step({ kind: "read", id: read });
      }
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.#state !== "running") return;
    if (this.#appended > before) this.#sync();
    this.#arm();
    observer.turned({ inputs: inputs.length, tookMs: clock.monotonic() - began });
  }

  #step(input: Input): void {
    const { core } = this.#options;
    this.#carryOut(core.step(input));
    for (let next = this.#followUps.shift(); next !== undefined; next = this.#followUps.shift()) {
      this.#carryOut(core.step(next));
      // State that came from a peer may be kept only when everything the core wrote down about it is durable.
      if (next.kind === "restored") this.#releases.add(next.index, this.#appended);
    }
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) if (this.#state === "running") this.#perform(effect);
  }

  #perform(effect: Effect): void {
    const { blockLog, log, machine, members, observer, self, snapshots, transport } = this.#options;
    switch (effect.kind) {
      case "persist":
        blockLog.append(effect.records);
        this.#appended = effect.records.at(-1)?.sequence ?? this.#appended;
        return;
      case "send":
        transport.send(effect.to, effect.channel, effect.bytes);
        return;
      case "broadcast":
        for (let step = 1; step < members; step++)
          transport.send((self + step) % members, effect.channel, effect.bytes);
        return;
      case "commit":
        this.#apply(effect.batch, effect.durableAfter);
        return;
      case "checkpoint":
        snapshots.keep(machine.snapshot());
        return;
      case "read-snapshot":
        snapshots.read(effect, (piece) => this.#receive({ kind: "snapshot-piece", ...piece }));
        return;
      case "restore":
        this.#restore(effect);
        return;
      case "unstage":
        snapshots.unstage(effect.index);
        return;
      case "read-ready":
        this.#reads.ready(effect.id, this.#followUps);
        return;
      case "read-refused":
        if (this.#isHeld(effect.reason)) this.#reads.again(effect.id);
        else this.#reads.refused(effect.id, effect.reason);
        return;
      case "refused":
        if (this.#isHeld(effect.reason)) this.#submissions.again(effect.id);
        else this.#submissions.answer(effect.id, { kind: "refused", reason: effect.reason });
        return;
      case "dropped":
        this.#submissions.answer(
          effect.id,
          effect.certain
            ? { kind: "refused", reason: "no-quorum" }
            : { kind: "indeterminate", why: "its block was passed over by a snapshot" },
        );
        return;
      case "wake-at":
        this.#wakeAt = effect.time;
        return;
      case "forget":
        blockLog.reclaim(effect);
        return;
      case "evidence":
        log.warn({ author: effect.author, what: effect.what }, "a member was caught");
        observer.evidence(effect.author, effect.what);
        return;
      case "rejected":
        log.debug({ from: effect.from, rejection: effect.rejection }, "a peer's frame was refused");
        observer.rejected(effect.from, effect.rejection.code);
        return;
      case "halt":
        log.error({ reason: effect.reason, dump: effect.dump }, "the replica halts");
        this.fail(new HaltError(effect.reason, effect.dump));
        return;
      default:
        unreachable(effect);
    }
  }

  #apply(batch: Batch, durableAfter: number): void {
    const { clock, machine, observer } = this.#options;
    const began = clock.monotonic();
    const { blocks, chainDigest, index, time } = batch;
    const { digest, nextDeadline, replies } = machine.apply({ index, time, chainDigest }, blocks);
    this.#releases.add(index, durableAfter);
    this.#followUps.push({ kind: "applied", upTo: index, digest, nextDeadline });
    let commands = 0;
    for (const [place, { ids, payload, ref }] of blocks.entries()) {
      commands += payload.length;
      for (const [position, id] of (ids ?? []).entries()) {
        const reply = replies[place]?.[position];
        if (reply === undefined) throw new InvariantError("a command of a commit was not answered");
        this.#submissions.answer(id, { kind: "reply", reply, index, block: ref });
      }
    }
    this.#reads.applied(this.#followUps);
    observer.committed({ blocks: blocks.length, commands, tookMs: clock.monotonic() - began });
    for (const listener of this.#listeners) listener(index);
  }

  #restore(effect: Extract<Effect, { kind: "restore" }>): void {
    const { log, machine, snapshots } = this.#options;
    const { digest, index } = effect;
    try {
      const pieces = snapshots.stage(effect);
      if (pieces === undefined) return;
      machine.restore(pieces, { index, digest });
    } catch (cause) {
      snapshots.unstage(index);
      const isTheirs = cause instanceof SnapshotError;
      const what = isTheirs ? "a snapshot from a peer did not verify" : "a snapshot from a peer could not be taken in";
      log.warn({ index, cause }, what);
      this.#followUps.push({ kind: "restore-failed", index });
      return;
    }
    log.info({ index }, "restored the state of a peer's snapshot");
    this.#followUps.push({ kind: "restored", index, digest, nextDeadline: machine.nextDeadline });
    this.#reads.applied(this.#followUps);
    for (const listener of this.#listeners) listener(index);
  }

  #sync(): void {
    const { blockLog, clock, observer } = this.#options;
    const began = clock.monotonic();
    blockLog.sync().then(
      (upTo) => {
        observer.synced({ tookMs: clock.monotonic() - began });
        this.#releases.durable(upTo);
        this.#receive({ kind: "persisted", upTo });
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** What the core does not tell as an effect: whether it serves, and whether it doubts itself. */
  #look(): void {
    const { clock, context, core, log, observer, self } = this.#options;
    const { mode, reachableStake } = core.status();
    const isDoubtful = mode === "suspicious";
    if (isDoubtful && !this.#isDoubtful) {
      log.error(
        {},
        "another member has another state after the same commit; nothing is answered until a quorum tells which",
      );
      observer.doubted();
    }
    this.#isDoubtful = isDoubtful;
    const isLinked = mode === "normal" && reachableStake >= context.committee.thresholds.parents;
    // Who comes back is not there with its links: what it proposes while it is far behind is ordered late or never.
    const isServing = isLinked && (this.#hold.isServing || whyBehind({ core, self, ...context }) === undefined);
    this.#hold.look(isServing, clock.monotonic());
  }

  /** Whether what the core refused waits instead. */
  #isHeld(reason: RefusalReason): boolean {
    if (reason === "too-large" || reason === "overloaded") return false;
    // The core may have noticed just now.
    this.#look();
    return this.#holdsUntil() !== undefined;
  }

  /** Until when what comes in waits, if it does. */
  #holdsUntil(): number | undefined {
    if (this.#submissions.newBytes > HELD_BYTES_MAX) this.#hold.end();
    return this.#hold.endsAt(this.#options.clock.monotonic());
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waits = this.#submissions.newBytes > 0 || this.#reads.hasNew;
    const wakeAt = Math.min(this.#wakeAt ?? Infinity, (waits ? this.#holdsUntil() : undefined) ?? Infinity);
    if (wakeAt === Infinity) return;
    const waitMs = wakeAt - this.#options.clock.monotonic();
    if (waitMs <= 0) this.#plan();
    else this.#timer = setTimeout(() => this.#plan(), Math.min(Math.ceil(waitMs), TIMER_MS_MAX));
  }
}

/** Longer waits would overflow a timer. */
const TIMER_MS_MAX = 2 ** 31 - 1;
