// A cluster of one, for tests of doors: a real machine over a real store in memory, but no protocol, no disk and no
// peers. Each command is a commit of its own, carried out a turn after it was submitted. What a real cluster does only
// when something breaks (refuse, fall silent, lose a block) this one does on request.
//
// The law it keeps is that of every running replica: each `answer` is called once, also when it is closed.
import {
  type BlockRef,
  type CommitIndex,
  checkCommand,
  DEFAULT_LIMITS,
  encodeCommand,
  type FaultBounds,
  FORMAT_VERSION,
  type Genesis,
  type Millis,
  type Thresholds,
  thresholds,
} from "@quorate/core";
import type { ExplainReport, StatusReport } from "@quorate/core/api";
import {
  type CommandFamily,
  createMachine,
  type KeyValueMachine,
  type MachineConfig,
  MemoryStore,
  type Reply,
} from "@quorate/machine";
import type { Outcome, RunningReplica, Submission, Words } from "../src/running-replica.ts";

export interface SoloOptions {
  readonly name?: string;
  /** Members to be named in genesis, status and quorums; only the first one runs. */
  readonly members?: number;
  readonly fault?: FaultBounds;
  readonly families?: readonly CommandFamily[];
  readonly config?: Partial<MachineConfig>;
  /** The wall clock; the machine's own unless given. */
  readonly clock?: () => Millis;
  /** All commands that wait go into one commit, as a replica under load does it: for measurements. */
  readonly grouped?: boolean;
}

export type SoloRefusal = Extract<Outcome, { kind: "refused" }>["reason"];

export interface SoloReplica extends RunningReplica {
  readonly machine: KeyValueMachine;
  /** Commands submitted, and reads asked for, until now. */
  readonly submissions: readonly Submission[];
  readonly reads: readonly Words[];
  /** Moves its clock forward; deadlines that this passes are carried out. */
  advance(ms: Millis): void;
  /** From now on commands and reads are refused for that reason; `undefined`: they are taken again. */
  refuse(reason: SoloRefusal | undefined): void;
  /** From now on commands are carried out but answered as indeterminate; `undefined`: as usual. */
  blur(why: string | undefined): void;
  /** From now on nothing is carried out and nothing is answered, until `release`. */
  hold(): void;
  /** Carries out what was held, in its order. */
  release(): void;
  /** Time between a submission or read and its answer; 0 is the next turn. */
  delay(ms: number): void;
  press(pressure: RunningReplica["pressure"]): void;
  /** How many other members are said to hold every own block. */
  spread(witnesses: number): void;
}

/** Starts one. Nothing listens, and no timer of it keeps a process alive. */
export function createSoloReplica(options: SoloOptions = {}): SoloReplica {
  return new Solo(options);
}

type Job = { readonly answer: (outcome: Outcome) => void } & (
  | { readonly kind: "command"; readonly submission: Submission }
  | { readonly kind: "read"; readonly words: Words }
);

class Solo implements SoloReplica {
  readonly name: string;
  readonly index = 0;
  readonly genesis: Genesis;
  readonly machine: KeyValueMachine;
  readonly machineConfig: MachineConfig;
  readonly commands: RunningReplica["commands"];
  readonly submissions: Submission[] = [];
  readonly reads: Words[] = [];
  readonly stopped: Promise<{ readonly failure: Error | undefined }>;
  pressure: RunningReplica["pressure"] = "none";
  readonly #thresholds: Thresholds;
  readonly #clock: () => Millis;
  readonly #grouped: boolean;
  readonly #listeners = new Set<(index: CommitIndex) => void>();
  readonly #started = Date.now();
  #ahead = 0;
  #logTime = 0;
  #jobs: Job[] = [];
  #scheduled = false;
  #held = false;
  #closed = false;
  #delayMs = 0;
  #refusal: SoloRefusal | undefined;
  #blur: string | undefined;
  #witnesses = 0;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #sayStopped: (end: { readonly failure: Error | undefined }) => void = () => {};

  constructor(options: SoloOptions) {
    const { name = "solo-1", members = 1, fault = { crash: 0, byzantine: 0 }, families = [], config = {} } = options;
    this.name = name;
    this.genesis = {
      clusterId: "00".repeat(16),
      formatVersion: FORMAT_VERSION,
      machineVersion: 1,
      members: Array.from({ length: members }, (_, index) => ({
        name: index === 0 ? name : `solo-${index + 1}`,
        stake: 1,
        publicKey: new Uint8Array(),
      })),
      fault,
      limits: DEFAULT_LIMITS,
    };
    this.#thresholds = thresholds(
      this.genesis.members.map(({ stake }) => stake),
      fault,
    );
    this.machine = createMachine({ store: new MemoryStore(), families, config });
    this.machineConfig = this.machine.config;
    this.commands = this.machine.commands;
    this.#clock = options.clock ?? Date.now;
    this.#grouped = options.grouped ?? false;
    this.stopped = new Promise((resolve) => {
      this.#sayStopped = resolve;
    });
  }

  submit(submission: Submission, answer: (outcome: Outcome) => void): void {
    if (!this.#grouped) this.submissions.push(submission);
    this.#take({ kind: "command", submission, answer });
  }

  read(words: Words, answer: (outcome: Outcome) => void): void {
    if (!this.#grouped) this.reads.push(words);
    this.#take({ kind: "read", words, answer });
  }

  readStale(words: Words): Outcome {
    const answer = this.machine.query(words, this.#logTime);
    if (!("reply" in answer)) return { kind: "indeterminate", why: "a deadline lies before log time" };
    return { kind: "reply", reply: answer.reply, index: this.machine.index, block: undefined };
  }

  now(): Millis {
    return Math.max(this.#clock() + this.#ahead, this.#logTime);
  }

  get appliedIndex(): CommitIndex {
    return this.machine.index;
  }

  witnesses(_block: BlockRef): number {
    return this.#witnesses;
  }

  onCommit(listener: (index: CommitIndex) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): StatusReport {
    const { members, fault, clusterId } = this.genesis;
    const { total, commit: quorum, rule } = this.#thresholds;
    const reached = this.#refusal === undefined;
    const index = this.machine.index;
    return {
      version: "0.1.0",
      cluster: { id: clusterId, rule, fault, stake: total, quorum },
      replica: {
        name: this.name,
        index: 0,
        uptimeSeconds: Math.floor((Date.now() - this.#started) / 1000),
        incarnation: 1,
        durability: "memory",
      },
      mode: this.#closed ? "halted" : "normal",
      ready: reached && !this.#closed,
      quorum: { reachable: reached ? total : 1, needed: quorum, reached },
      round: index,
      ownRound: index,
      undecidedRound: index + 1,
      commitIndex: index,
      appliedIndex: index,
      logTime: this.#logTime,
      storage: { logBytes: 0, flushedIndex: index, pressure: this.pressure },
      doors: [],
      members: members.map((member, at) => ({
        name: member.name,
        index: at,
        stake: member.stake,
        self: at === 0,
        up: at === 0 || reached,
        round: index,
        commitIndex: index,
        silentMs: 0,
        rttMs: at === 0 ? null : 1,
        exposed: false,
      })),
    };
  }

  explain(): ExplainReport {
    if (this.#refusal === undefined)
      return { healthy: true, summary: `${this.name} serves everything.`, findings: [], waiting: [] };
    const what = `${this.name} refuses commands: ${this.#refusal}.`;
    return {
      healthy: false,
      summary: what,
      findings: [{ severity: "critical", what, todo: "call refuse(undefined)" }],
      waiting: [],
    };
  }

  alive(): Promise<boolean> {
    return Promise.resolve(!this.#closed);
  }

  ready(): { readonly ready: boolean; readonly why: string } {
    if (this.#closed) return { ready: false, why: "stopped" };
    return { ready: this.#refusal === undefined, why: this.#refusal ?? "" };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      clearTimeout(this.#deadlineTimer);
      const jobs = this.#jobs;
      this.#jobs = [];
      for (const job of jobs) job.answer({ kind: "refused", reason: "stopping" });
      this.#sayStopped({ failure: undefined });
    }
    return Promise.resolve();
  }

  advance(ms: Millis): void {
    this.#ahead += ms;
    this.#carryOutDue();
  }

  refuse(reason: SoloRefusal | undefined): void {
    this.#refusal = reason;
  }

  blur(why: string | undefined): void {
    this.#blur = why;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#schedule();
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  press(pressure: RunningReplica["pressure"]): void {
    this.pressure = pressure;
  }

  spread(witnesses: number): void {
    this.#witnesses = witnesses;
  }

  #take(job: Job): void {
    if (this.#closed) setImmediate(() => job.answer({ kind: "refused", reason: "stopping" }));
    else {
      this.#jobs.push(job);
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#held || this.#jobs.length === 0) return;
    this.#scheduled = true;
    if (this.#delayMs === 0) setImmediate(() => this.#carryOut());
    else setTimeout(() => this.#carryOut(), this.#delayMs).unref();
  }

  #carryOut(): void {
    this.#scheduled = false;
    if (this.#held) return;
    const jobs = this.#jobs;
    this.#jobs = [];
    if (this.#grouped) this.#together(jobs);
    else for (const job of jobs) job.answer(this.#outcome(job));
    this.#watchDeadline();
  }

  #outcome(job: Job): Outcome {
    if (this.#refusal !== undefined) return { kind: "refused", reason: this.#refusal };
    if (job.kind === "read") return this.#query(job.words);
    const { submission } = job;
    const bad = this.#refusalOf(submission);
    if (bad !== undefined) return { kind: "refused", reason: bad };
    const [reply] = this.#commit([submission]);
    if (this.#blur !== undefined) return { kind: "indeterminate", why: this.#blur };
    return { kind: "reply", reply: reply!, index: this.machine.index, block: this.#block() };
  }

  /** One commit for all commands, then all reads. */
  #together(jobs: readonly Job[]): void {
    const commands = jobs.filter((job) => job.kind === "command");
    const replies = commands.length > 0 ? this.#commit(commands.map(({ submission }) => submission)) : [];
    const block = this.#block();
    commands.forEach(({ answer }, at) => {
      answer({ kind: "reply", reply: replies[at]!, index: this.machine.index, block });
    });
    for (const job of jobs) if (job.kind === "read") job.answer(this.#query(job.words));
  }

  #query(words: Words): Outcome {
    for (;;) {
      const answer = this.machine.query(words, this.now());
      if ("reply" in answer) return { kind: "reply", reply: answer.reply, index: this.machine.index, block: undefined };
      this.#commit([]);
    }
  }

  #refusalOf(submission: Submission): SoloRefusal | undefined {
    const { session, clientSignature, words } = submission;
    if (checkCommand({ ...submission, session, clientSignature }) !== undefined) return "bad-command";
    const bytes = words.reduce((total, word) => total + word.length + 4, 64);
    return bytes > this.genesis.limits.payloadBytesMax ? "too-large" : undefined;
  }

  #commit(submissions: readonly Submission[]): readonly Reply[] {
    const payload = submissions.map((submission) =>
      encodeCommand({ ...submission, session: submission.session, clientSignature: submission.clientSignature }),
    );
    const index = this.machine.index + 1;
    this.#logTime = this.now();
    const applied = this.machine.apply({ index, time: this.#logTime, chainDigest: `${index}` }, [
      { author: 0, timestamp: this.#logTime, payload },
    ]);
    for (const listener of this.#listeners) listener(index);
    return applied.replies[0]!;
  }

  #block(): BlockRef {
    return { round: this.machine.index, author: 0, digest: "" };
  }

  /** Deadlines fall due also when nobody asks for anything. */
  #watchDeadline(): void {
    clearTimeout(this.#deadlineTimer);
    const deadline = this.machine.nextDeadline;
    if (deadline === undefined || this.#closed) return;
    const wait = Math.min(Math.max(deadline - this.now(), 1), 2 ** 31 - 1);
    this.#deadlineTimer = setTimeout(() => this.#carryOutDue(), wait).unref();
  }

  #carryOutDue(): void {
    if (this.#closed) return;
    const deadline = this.machine.nextDeadline;
    if (deadline !== undefined && deadline <= this.now()) this.#commit([]);
    this.#watchDeadline();
  }
}
