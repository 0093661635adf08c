// A replica that runs, as doors, the command and whoever embeds one see it. Behind it are the driver and everything it
// drives; a door never looks further than this.
//
// The law it keeps: every `answer` is called exactly once, with one of the three outcomes, also when the replica stops.
import type { AuthorIndex, BlockRef, CommitIndex, Genesis, Millis, RefusalReason } from "@quorate/core";
import type { ExplainReport, StatusReport } from "@quorate/core/api";
import type { CommandTable, MachineConfig, Reply } from "@quorate/machine";
import type { SpacePressure } from "./storage/block-log.ts";

/** The words of a command, as bytes. */
export type Words = readonly Uint8Array[];

/** A command on its way into the log. */
export interface Submission {
  readonly words: Words;
  /** Log time after which it must not be applied any more. */
  readonly notAfter: Millis;
  readonly user: string;
  readonly session?: { readonly id: string; readonly sequence: number; readonly acknowledgedUpTo: number };
  readonly clientSignature?: Uint8Array;
}

/** What became of a command or a read. */
export type Outcome =
  /** Done. `index` is the commit whose state the reply reflects; `block` the own block that carried it, if one did. */
  | {
      readonly kind: "reply";
      readonly reply: Reply;
      readonly index: CommitIndex;
      readonly block: BlockRef | undefined;
    }
  /** Certainly not applied. */
  | { readonly kind: "refused"; readonly reason: RefusalReason | "stopping" | "bad-command" | "too-old" }
  /** Nobody here can tell. */
  | { readonly kind: "indeterminate"; readonly why: string };

export interface RunningReplica {
  readonly name: string;
  readonly index: AuthorIndex;
  readonly genesis: Genesis;
  readonly machineConfig: MachineConfig;
  /** Every command, built-in and of user modules, by lower-case name. */
  readonly commands: CommandTable;

  /** Puts a command into the log. */
  submit(submission: Submission, answer: (outcome: Outcome) => void): void;
  /** Answers a read-only command with everything in it that was acknowledged before this call. */
  read(words: Words, answer: (outcome: Outcome) => void): void;
  /** Answers a read-only command from the state as it is here, at once. */
  readStale(words: Words): Outcome;

  /** The wall clock or log time, whichever is later: what deadlines given by clients count from. */
  now(): Millis;
  /** The last applied commit. */
  readonly appliedIndex: CommitIndex;
  /** How many other members have this block in the history of their newest one. */
  witnesses(block: BlockRef): number;
  /** Called after each commit is applied; answers how to stop that. Listeners must be quick. */
  onCommit(listener: (index: CommitIndex) => void): () => void;
  /** `soft`: commands that grow the state should be refused. */
  readonly pressure: SpacePressure;

  status(): StatusReport;
  explain(): ExplainReport;
  /** Whether the event loop turns and the disk takes writes; says nothing about a quorum. */
  alive(): Promise<boolean>;
  /** Whether linearizable operations can be served, and if not, why. */
  ready(): { readonly ready: boolean; readonly why: string };

  /** Resolves when the replica has stopped, whoever wanted that; `failure` says what went wrong, if anything did. */
  readonly stopped: Promise<{ readonly failure: Error | undefined }>;
  /** Refuses new work, answers what can be answered, closes everything in order. May be called twice. */
  close(): Promise<void>;
}
