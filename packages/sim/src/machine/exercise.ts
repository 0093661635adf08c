// An exercise is something that clients do with the machine, together with the law that it must keep: what one client does
// in one go, what was noted on the way, and what is wrong with the notes when all has ended. A run mixes several of them.
//
// Law: an exercise judges by what its clients were told. Only where the machine promises something that no client can see
// (that a deadline falls due in just that commit) is the log asked.
import type { CommitIndex, Millis } from "@quorate/core";
import type { Reply } from "@quorate/machine";
import type { WorkloadSpec } from "../client/workload.ts";
import type { RunEnd } from "../workload/workload.ts";
import type { CommandLog } from "./command-log.ts";
import type { MachineClient, Step } from "./machine-client.ts";

export interface Exercise {
  /** What one client does in one go. It ends by itself, and soon once the run closes. */
  go(client: MachineClient): Step;
  /** Clients that do nothing else, from the start of the run until everybody else is done: so many of them. */
  readonly watchers?: number;
  watch?(client: MachineClient): Step;
  /** Complains of what is wrong. */
  judge?(end: ExerciseEnd): void;
  /** What came up, and how often. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** What exercises of one run share. */
export interface Stage {
  readonly now: Millis;
  readonly spec: WorkloadSpec;
  /** Whether clients should come to an end. */
  readonly closing: boolean;
  /** Whether a client that is no watcher is amid something. */
  readonly busy: boolean;
  /** Another number that nobody has had in this run. */
  unique(): number;
  /** Another moment: of two moments the earlier one is the smaller. */
  moment(): number;
  /** Something happened that must not. */
  complain(text: string): void;
}

export interface Change {
  readonly event: string;
  readonly key: string;
  readonly index: CommitIndex;
}

export interface ExerciseEnd extends Pick<RunEnd<Reply>, "clocksRight" | "expiryLateMs" | "judgeHistories" | "take"> {
  readonly log: CommandLog;
  complain(text: string): void;
  /** The change log at the end, as far as it goes back. */
  readonly changes: readonly Change[];
  /** Asks the state of a replica that has applied every commit; no clock is past any deadline there. */
  ask(...words: readonly (string | number)[]): Reply;
}

/** Keys of lists begin so; other keys in the history are registers. */
export const LIST = "list:";

export type ExerciseFactory = (stage: Stage) => Exercise;
