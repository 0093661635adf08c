// One client's ordered queue over a replica: the Redis door and the WebSocket give it commands, and get every answer,
// once, in the order in which they were asked.
//
// The laws it keeps: what a program does on one connection happens in its order. Writes go out together without waiting
// for each other; a read behind an unanswered write rides the log behind it; a write behind an unanswered read is
// submitted after that read was answered. Where the order is lost (a command may or may not be applied, and later ones
// were sent already) the connection ends after the error.
import type { BlockRef, CommitIndex } from "@quorate/core";
import {
  arityFits,
  byteString,
  bytesOf,
  type CommandDefinition,
  CommandError,
  mayGrow,
  type Reply,
  unknownCommand,
} from "@quorate/machine";
import type { Access } from "../access/access.ts";
import type { Outcome, RunningReplica, Words } from "../running-replica.ts";
import { type Answer, Entry, type LocalOptions, type Make, type RunOptions } from "./connection-entry.ts";
import {
  EXEC_ABORTED,
  indeterminateText,
  isPassing,
  NO_AUTH,
  NOT_IN_TRANSACTION,
  neverSent,
  notInTime,
  OUT_OF_SPACE,
  readFailed,
  refusalText,
  transactionTooLarge,
} from "./connection-errors.ts";
import { NameTable } from "./connection-names.ts";
import { EntryQueue } from "./connection-queue.ts";
import { DoorTransaction } from "./connection-transaction.ts";
import { waitForWitnesses } from "./connection-wait.ts";

export interface ConnectionLimits {
  /** Unanswered commands, and their bytes, above which `isFull`: whoever reads from the client then stops. */
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = { pendingMax: 1024, pendingBytesMax: 4 * 1024 * 1024 };

export const DEFAULT_DEADLINE_MS = 10_000;

/** A command may be applied this much later than its client waits: clocks differ, and blocks are under way for a while. */
const GRACE_MS = 5000;

export interface ConnectionOptions {
  readonly replica: RunningReplica;
  readonly access: Access;
  readonly limits?: ConnectionLimits | undefined;
  /** How long a command may take before its answer is that nobody can tell. */
  readonly deadlineMs?: number | undefined;
  /** The order was lost: close the client's connection behind the answers that it got so far. */
  onBroken(reason: string): void;
}

const OK: Reply = { kind: "simple", text: "OK" };
const QUEUED: Reply = { kind: "simple", text: "QUEUED" };
const NO_OPTIONS: RunOptions = {};
const NO_WORDS: Words = [];
const CHANGES_RANGE: Words = [bytesOf("CHANGES.RANGE")];

const failed = (text: string): Reply => ({ kind: "error", text });

export class Connection {
  /** Who is signed in; undefined: nobody. */
  user: string | undefined;
  /** Reads are answered from this replica's state as it is, at once. */
  stale = false;
  /** The commit that the last answer reflects; 0 if there was none. */
  lastIndex: CommitIndex = 0;
  readonly #replica: RunningReplica;
  readonly #access: Access;
  readonly #limits: ConnectionLimits;
  readonly #deadlineMs: number;
  readonly #onBroken: (reason: string) => void;
  readonly #commands: NameTable<CommandDefinition>;
  readonly #transaction: DoorTransaction;
  readonly #queue = new EntryQueue();
  /** Looked at, but may not go on yet; nothing behind it is looked at before. */
  #blocked: { readonly entry: Entry; readonly until: "read" | "answered" | "settled"; go(): void } | undefined;
  #openReads = 0;
  #openWrites = 0;
  #lastWrite: BlockRef | "none" | "unknown" = "none";
  #timer: NodeJS.Timeout | undefined;
  #isTurning = false;
  readonly #closing = new AbortController();

  constructor({ replica, access, limits, deadlineMs, onBroken }: ConnectionOptions) {
    this.#replica = replica;
    this.#access = access;
    this.#limits = limits ?? DEFAULT_CONNECTION_LIMITS;
    this.#deadlineMs = deadlineMs ?? DEFAULT_DEADLINE_MS;
    this.#onBroken = onBroken;
    this.#commands = namesOf(replica);
    this.#transaction = new DoorTransaction(replica.commands, replica.genesis.limits);
  }

  /** Unanswered commands, and their bytes. */
  get pendingCount(): number {
    return this.#queue.count;
  }

  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Whether commands are answered: somebody signed in, or nobody has to. */
  get isAllowedIn(): boolean {
    return this.user !== undefined || this.#access.open;
  }

  /** Why nobody is served who has not signed in (`NOAUTH …`), or nobody at all yet (`LOADING …`); undefined: served. */
  get strangerRefusal(): string | undefined {
    if (this.isAllowedIn) return undefined;
    const [anyCommand] = this.#replica.commands.values();
    return (anyCommand && this.#access.refusal("", anyCommand)) ?? NO_AUTH;
  }

  /** Whether a transaction is being queued, and how much of it is. */
  get isInTransaction(): boolean {
    return this.#transaction.isOpen;
  }

  get queuedCount(): number {
    return this.#transaction.queuedCount;
  }

  /** What was queued and watched holds: it was answered, and stays until EXEC. */
  get transactionBytes(): number {
    return this.#transaction.bytes;
  }

  /** Whether to stop reading from this client. */
  get isFull(): boolean {
    return this.pendingCount >= this.#limits.pendingMax || this.pendingBytes >= this.#limits.pendingBytesMax;
  }

  /** Whether to go on: well below full, so that reading does not stop and start with every command. */
  get hasRoom(): boolean {
    return this.pendingCount * 2 <= this.#limits.pendingMax && this.pendingBytes * 2 <= this.#limits.pendingBytesMax;
  }

  /** Runs a command of the machine. Its words must not change any more. */
  run(words: Words, answer: Answer, options: RunOptions = NO_OPTIONS): void {
    this.#add(new Entry(words, answer, options));
  }

  /**
   * Answers something of the door's own in its place in the order; nothing behind it starts before a promise is kept.
   * `words` are those that it was asked with: they are held as long as it waits.
   */
  local(make: Make, answer: Answer, options: LocalOptions = {}, words: Words = NO_WORDS): void {
    this.#add(new Entry(words, answer, NO_OPTIONS, make, options));
  }

  /** Signs in; or answers false, and leaves things as they are. Rejects with a `CommandError` when that cannot be told. */
  async signIn(user: string | undefined, secret: string): Promise<boolean> {
    const name = await this.#access.signIn(user, secret);
    if (name !== undefined) this.user = name;
    return name !== undefined;
  }

  /** As new: nobody signed in, no transaction, nothing watched, no stale reads. What was sent stays sent. */
  reset(): void {
    this.user = undefined;
    this.stale = false;
    this.#transaction.reset();
  }

  /** How many other members have this connection's last write, once that many have it or the time is over (0: never). */
  wait(members: number, timeoutMs: number): Promise<number> {
    const { signal } = this.#closing;
    return waitForWitnesses({ replica: this.#replica, block: this.#lastWrite, members, timeoutMs, signal });
  }

  /** Ends it: what is unanswered is answered with what is known. May be called twice. */
  close(): void {
    if (this.isClosed) return;
    this.#closing.abort();
    clearTimeout(this.#timer);
    for (const entry of this.#queue.empty()) {
      if (entry.reply === undefined) this.#settleUnanswered(entry, "the connection ended");
      entry.answer(entry.reply!, entry.ending, entry.index);
    }
  }

  #add(entry: Entry): void {
    if (this.isClosed) {
      entry.answer(failed(neverSent("the connection has ended")), "refused", 0);
      return;
    }
    this.#queue.add(entry);
    this.#turn();
  }

  /** Looks at what may be looked at and answers what can be answered, until neither goes on. */
  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    try {
      while (this.#advance() || this.#deliver());
    } finally {
      this.#isTurning = false;
    }
  }

  #advance(): boolean {
    const blocked = this.#blocked;
    if (blocked !== undefined) {
      if (blocked.until === "settled") return false;
      if (blocked.until === "read" ? this.#openReads > 0 : this.#queue.head !== blocked.entry) return false;
      this.#blocked = undefined;
      blocked.go();
      return true;
    }
    const entry = this.#queue.look();
    if (entry === undefined) return false;
    if (entry.make === undefined) this.#take(entry);
    else this.#takeLocal(entry, entry.make, entry.local ?? {});
    return true;
  }

  #take(entry: Entry): void {
    entry.dueAt = performance.now() + this.#deadlineMs;
    this.#timer ??= setTimeout(() => this.#expire(), this.#deadlineMs).unref();
    const { words } = entry;
    const command = this.#commands.find(words[0]);
    const strange = this.strangerRefusal;
    if (strange !== undefined) this.#refuse(entry, strange);
    else if (command === undefined) this.#refuse(entry, unknownCommand(words.map(byteString)).reply);
    else if (command.flags.includes("connection") || !arityFits(command, words.length)) this.#transact(entry, command);
    else this.#check(entry, command);
  }

  /** May this user run it, and may it stand in the log as it is? */
  #check(entry: Entry, command: CommandDefinition): void {
    const refused = this.#access.refusal(this.user ?? "", command, entry.words);
    if (refused !== undefined) {
      this.#refuse(entry, refused);
      return;
    }
    const sealing = attempt(() => this.#access.seal(entry.words));
    if (sealing instanceof Promise) {
      this.#await(entry, sealing, (sealed) => {
        entry.words = sealed;
        this.#dispatch(entry, command);
      });
    } else if (sealing instanceof CommandError) this.#refuse(entry, sealing.reply);
    else {
      entry.words = sealing;
      this.#dispatch(entry, command);
    }
  }

  #dispatch(entry: Entry, command: CommandDefinition): void {
    if (this.#transaction.isOpen || command.name === "UNWATCH") {
      if (this.#isRefusedForSpace(command, entry.words)) this.#refuse(entry, OUT_OF_SPACE);
      else if (!this.#transaction.hasRoomFor(entry.words)) this.#refuse(entry, this.#transactionTooLarge());
      else this.#transact(entry, command);
    } else this.#send(entry, command);
  }

  /** What has to do with MULTI, EXEC and WATCH, and what has the wrong number of words. */
  #transact(entry: Entry, command: CommandDefinition): void {
    const { isOpen } = this.#transaction;
    const isExec = isOpen && command.name === "EXEC" && entry.words.length === 1;
    if (isExec && this.#transaction.isSpoiled) {
      this.#transaction.reset();
      this.#settle(entry, failed(EXEC_ABORTED), "refused");
      return;
    }
    const step = this.#transaction.take(entry.words.map(byteString));
    switch (step.kind) {
      case "reply":
        this.#settle(entry, step.reply, step.reply.kind === "error" ? "refused" : "done");
        return;
      case "run":
        // Only UNWATCH comes here, and it is done.
        this.#settle(entry, OK, "done");
        return;
      case "watch":
        entry.words = CHANGES_RANGE;
        entry.finish = (reply) => {
          if (reply.kind !== "array" || reply.items[1]?.kind !== "integer") return reply;
          this.#transaction.watched(step.keys, Number(reply.items[1].value));
          return OK;
        };
        this.#blocked = { entry, until: "settled", go() {} };
        this.#send(entry, this.#replica.commands.get("changes.range")!);
        return;
      case "submit":
        this.#exec(entry, step.words.map(bytesOf));
    }
  }

  #exec(entry: Entry, words: Words): void {
    const finish = this.#transaction.finish();
    const command = this.#replica.commands.get("txn.exec")!;
    // Users and the disk may have changed since the commands were queued.
    const refused = this.#access.refusal(this.user ?? "", command, words);
    if (refused !== undefined) {
      this.#settle(entry, failed(`EXECABORT Transaction discarded because of: ${refused}`), "refused");
      return;
    }
    entry.words = words;
    entry.finish = finish;
    this.#send(entry, command);
  }

  /** On its way: into the log, past it, or answered from here. */
  #send(entry: Entry, command: CommandDefinition): void {
    const { session, stale = this.stale } = entry.options;
    entry.writes = session !== undefined || command.flags.includes("write");
    if (this.#isRefusedForSpace(command, entry.words)) this.#refuse(entry, OUT_OF_SPACE);
    else if (entry.writes && this.#openReads > 0)
      this.#blocked = { entry, until: "read", go: () => this.#submit(entry) };
    else if (entry.writes || this.#openWrites > 0) this.#submit(entry);
    else if (stale) this.#receive(entry, this.#replica.readStale(entry.words));
    else {
      entry.way = "barrier";
      this.#openReads++;
      this.#replica.read(entry.words, (outcome) => this.#receive(entry, outcome));
    }
  }

  #submit(entry: Entry): void {
    const { session, clientSignature, notAfter } = entry.options;
    entry.way = "log";
    if (entry.writes) this.#openWrites++;
    this.#replica.submit(
      {
        words: entry.words,
        user: this.user ?? "",
        notAfter: notAfter ?? this.#replica.now() + this.#deadlineMs + GRACE_MS,
        ...(session === undefined ? undefined : { session }),
        ...(clientSignature === undefined ? undefined : { clientSignature }),
      },
      (outcome) => this.#receive(entry, outcome),
    );
  }

  #takeLocal(entry: Entry, make: Make, { when = "now", amidTransaction = "queue" }: LocalOptions): void {
    if (this.#transaction.isOpen && amidTransaction !== "run") {
      if (amidTransaction === "refuse" || !this.isAllowedIn) this.#refuse(entry, NOT_IN_TRANSACTION);
      else if (!this.#transaction.hasRoomForLocal(entry.words)) this.#refuse(entry, this.#transactionTooLarge());
      else {
        this.#transaction.queueLocal(make, entry.words);
        this.#settle(entry, QUEUED, "done");
      }
    } else if (when === "now" || this.#queue.head === entry) this.#make(entry, make);
    else this.#blocked = { entry, until: "answered", go: () => this.#make(entry, make) };
  }

  #make(entry: Entry, make: Make): void {
    const made = make();
    const settle = (reply: Reply): void => this.#settle(entry, reply, reply.kind === "error" ? "refused" : "done");
    if (made instanceof Promise) this.#await(entry, made, settle);
    else settle(made);
  }

  /** Nothing behind it is looked at before the promise is kept. */
  #await<T>(entry: Entry, promise: Promise<T>, use: (value: T) => void): void {
    const waiting = { entry, until: "settled", go() {} } as const;
    this.#blocked = waiting;
    const end = (go: () => void): void => {
      // It may have been answered without: in its own time, or because the connection ended.
      if (entry.reply !== undefined || this.#blocked !== waiting) return;
      this.#blocked = undefined;
      go();
      this.#turn();
    };
    promise.then(
      (value) => end(() => use(value)),
      (error: unknown) => {
        const text = error instanceof CommandError ? error.reply : "ERR an internal error; the command was not applied";
        end(() => this.#refuse(entry, text));
      },
    );
  }

  #receive(entry: Entry, outcome: Outcome): void {
    // Too late: its client was told already.
    if (entry.reply !== undefined) return;
    switch (outcome.kind) {
      case "reply": {
        entry.index = outcome.index;
        if (entry.writes && outcome.block !== undefined) this.#lastWrite = outcome.block;
        const reply = entry.finish === undefined ? outcome.reply : entry.finish(outcome.reply);
        this.#settle(entry, reply, reply.kind === "error" ? "refused" : "done");
        break;
      }
      case "refused":
        if (entry.writes && isPassing(outcome.reason)) entry.order = "suspect";
        this.#settle(entry, failed(refusalText(outcome.reason, this.#replica.genesis.limits)), "refused");
        break;
      case "indeterminate":
        this.#settleUnanswered(entry, outcome.why);
    }
    this.#turn();
  }

  /** Not queued, not sent, not applied. */
  #refuse(entry: Entry, text: string): void {
    this.#transaction.spoil();
    this.#settle(entry, failed(text), "refused");
  }

  #settleUnanswered(entry: Entry, why: string): void {
    if (entry.way === "none") this.#settle(entry, failed(neverSent(why)), "refused");
    else if (!entry.writes) this.#settle(entry, failed(readFailed(why)), "refused");
    else {
      entry.order = "broken";
      this.#lastWrite = "unknown";
      this.#settle(entry, failed(indeterminateText(why, entry.options)), "indeterminate");
    }
  }

  #settle(entry: Entry, reply: Reply, ending: Entry["ending"]): void {
    entry.reply = reply;
    entry.ending = ending;
    if (entry.way === "barrier") this.#openReads--;
    else if (entry.way === "log" && entry.writes) this.#openWrites--;
    if (this.#blocked?.entry === entry) this.#blocked = undefined;
  }

  #deliver(): boolean {
    const entry = this.#queue.head;
    if (entry?.reply === undefined) return false;
    if (entry.order !== "kept" && !this.#judge(entry)) return false;
    this.#queue.shift();
    if (entry.index !== 0) this.lastIndex = entry.index;
    entry.answer(entry.reply, entry.ending, entry.index);
    if (entry.order === "broken") {
      this.#onBroken("a command was lost on its way while later ones of the same connection may go through");
      this.close();
    }
    return true;
  }

  /** Whether the head can be answered now; afterwards it is known whether the order of the connection holds. */
  #judge(entry: Entry): boolean {
    if (entry.order === "judging") return false;
    if (!this.#laterGoThrough(entry)) entry.order = "kept";
    else if (entry.order === "suspect") {
      // Whatever was sent with it is mostly turned away in the same turn: then nothing is out of order.
      entry.order = "judging";
      setImmediate(() => {
        entry.order = "broken";
        this.#turn();
      });
      return false;
    }
    return true;
  }

  /** Whether writes behind it were sent and not turned away. */
  #laterGoThrough({ next }: Entry): boolean {
    if (next === undefined) return false;
    for (const later of this.#queue.lookedAt(next)) {
      if (later.way === "log" && later.writes && !(later.reply !== undefined && later.ending === "refused"))
        return true;
    }
    return false;
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const entry of this.#queue.lookedAt()) {
      if (entry.reply !== undefined || entry.dueAt === Infinity) continue;
      if (entry.dueAt > now) {
        this.#timer = setTimeout(() => this.#expire(), Math.ceil(entry.dueAt - now)).unref();
        break;
      }
      this.#settleUnanswered(entry, notInTime(this.#deadlineMs));
    }
    this.#turn();
  }

  #transactionTooLarge(): string {
    return transactionTooLarge(this.#replica.genesis.limits);
  }

  #isRefusedForSpace(command: CommandDefinition, words: Words): boolean {
    return (
      this.#replica.pressure !== "none" && mayGrow(this.#replica.commands, command, words.slice(1).map(byteString))
    );
  }
}

function attempt<T>(run: () => T): T | CommandError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}

const NAMES = new WeakMap<RunningReplica, NameTable<CommandDefinition>>();

/** One table serves all connections of a replica. */
function namesOf(replica: RunningReplica): NameTable<CommandDefinition> {
  let names = NAMES.get(replica);
  if (names === undefined) {
    names = new NameTable(replica.commands);
    NAMES.set(replica, names);
  }
  return names;
}
