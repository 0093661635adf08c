// What drives a cluster in a run: a machine, clients that ask it for things, and what must be true of what they were told.
// The simulator knows nothing else of either, so that anybody can put a machine of their own into it.
//
// Law: clients take time and chance from their host alone. A run with the same seed is the same run.
import type { Batch, Machine, Millis } from "@quorate/core";
import type { CommandName, ToldCommand, Verdict } from "../checkers/types.ts";
import type { AskHost } from "../client/asker.ts";
import type { WorkloadSpec } from "../client/workload.ts";
import type { HistoryRecorder } from "../history/recorder.ts";
import type { Rng } from "../rng.ts";
import type { RunRecorder } from "../run/recorder.ts";
import type { Complaint } from "../scenario/scenario.ts";
import type { ProcessObserver, SimulatedProcess } from "../world/process.ts";

export interface Workload<Reply> {
  /** A new, empty machine: one is made for every process at each of its starts. */
  createMachine(): Machine<Reply>;
  /** The clients of one run. */
  open(host: WorkloadHost<Reply>): Clients<Reply>;
}

/** What a run lends to its clients. */
export interface WorkloadHost<Reply> extends AskHost<Reply> {
  /** What clients saw, for the judges and for outside checkers. */
  readonly history: HistoryRecorder;
  readonly spec: WorkloadSpec;
  /** Chance for the clients. */
  readonly chance: Rng;
  /** Whether another operation may begin. */
  readonly open: boolean;
  /** A client was told what became of its command. */
  told(told: ToldCommand): void;
  /** A command was first given to a replica; `settled` when its client knows what became of it, or gave up. */
  began(command: CommandName): void;
  settled(command: CommandName, outcome: "ok" | "fail" | "info"): void;
  /** An operation ended with an answer, this long after it began. */
  completed(latency: Millis): void;
}

export interface Clients<Reply> {
  start(): void;
  /** Operations without an answer. */
  readonly waiting: number;
  /** What a commit brought, command by command, in order. */
  effects(batch: Batch, replies: readonly (readonly Reply[])[]): readonly CommandEffect[];
  /** Told what happens to the processes, after the run's own recorder. */
  readonly observer?: Partial<ProcessObserver<Reply>>;
  /** What is wrong with what was seen, when all has ended. */
  judge(end: RunEnd<Reply>): void;
  /** What came up, and how often: for tables of coverage. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** A command of a commit. */
export interface CommandEffect {
  readonly command: CommandName;
  /** It took effect in this very commit: it is no repetition that was recognised, and was not rejected. */
  readonly fresh: boolean;
}

/** What a workload's judge is given. */
export interface RunEnd<Reply> {
  readonly recorder: RunRecorder<Reply>;
  /** Honest members, as the run left them. */
  readonly replicas: readonly SimulatedProcess<Reply>[];
  /** What clients were told of their commands. */
  readonly told: readonly ToldCommand[];
  /** Every clock was right all the time. */
  readonly clocksRight: boolean;
  /** How much longer than it was lent a value may be read. */
  readonly expiryLateMs: Millis;
  /** Histories are to be judged with the search for a linearisation. */
  readonly judgeHistories: boolean;
  /** Whether something is known to be wrong already: then a search would tell nothing new. */
  readonly broken: boolean;
  complain(complaint: Complaint): void;
  /** Takes a verdict of a judge: a violation is a complaint of that kind, what was not decided is noted. */
  take(kind: Complaint["kind"], what: string, verdict: Verdict<unknown>): void;
}
