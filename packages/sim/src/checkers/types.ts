// What the judges are given and what they answer. Inputs are plain data that a simulator, a test or a real cluster's
// logs can fill in; a verdict is a value. Law: what a judge could not decide is `unknown`, never `holds`.
import type { AuthorIndex, CommitIndex, Digest, Millis } from "@quorate/core";

/** What a judge answers. */
export type Verdict<Evidence> =
  /** It was looked at whole and nothing is wrong. `checked` counts what was looked at, so that "nothing" shows. */
  | { readonly kind: "holds"; readonly checked: number }
  /** It is wrong: the evidence for programs, the report (several lines) for people. */
  | { readonly kind: "violated"; readonly evidence: Evidence; readonly report: string }
  /** Not decided, and why: a search ran out of its budget, or the run ended too early to tell. */
  | { readonly kind: "unknown"; readonly report: string };

/** What an object is: a register (read, write, cas) or a list (read, append). */
export type ObjectModel = "register" | "list";

/** What one honest replica's log went through, in the order in which it happened. */
export interface ReplicaLog {
  readonly replica: AuthorIndex;
  readonly entries: readonly LogEntry[];
}

export type LogEntry =
  /** A commit was handed to the machine. */
  | {
      readonly kind: "commit";
      readonly index: CommitIndex;
      /** The committed anchor, as `refKey` or `printRef` gives it. */
      readonly anchor: string;
      readonly chainDigest: Digest;
      /** The machine's running digest after the commit, where the recorder has it. */
      readonly stateDigest?: Digest;
    }
  /** The process started with a state that reflects this commit (0: an empty one); the commits after it come again. */
  | { readonly kind: "started"; readonly index: CommitIndex }
  /** A snapshot of a peer replaced the state. */
  | { readonly kind: "restored"; readonly index: CommitIndex; readonly stateDigest?: Digest };

/** A command that a client submitted, by a name that is unique in the run: `session/sequence`, or its unique payload. */
export type CommandName = string;

/** What a client was told about its command. */
export interface ToldCommand {
  readonly command: CommandName;
  /** `acknowledged`: committed and applied. `refused`: certainly not applied, and it never will be. */
  readonly told: "acknowledged" | "refused";
  /** Numbered by a session, so that it may take effect once only. */
  readonly session: boolean;
}

/** A command that took effect in the final log; a repetition that a session recognised did not take effect. */
export interface AppliedCommand {
  readonly command: CommandName;
  readonly index: CommitIndex;
}

export interface DurabilityInput {
  readonly told: readonly ToldCommand[];
  /** The final log of a replica that has caught up, from the first commit on. */
  readonly applied: readonly AppliedCommand[];
}

export interface LivenessInput {
  /** From here on no fault is active. */
  readonly healedAt: Millis;
  /** How long after healing, or after being submitted if that is later, a command may take on any replica. */
  readonly bound: Millis;
  /** Where virtual time stood when the run ended. */
  readonly endedAt: Millis;
  /** Commands that must get through: accepted by a live replica, not told `refused`. */
  readonly submitted: readonly { readonly command: CommandName; readonly at: Millis }[];
  /** Every live, honest replica with the time at which it applied each command. */
  readonly replicas: readonly {
    readonly replica: AuthorIndex;
    readonly applied: ReadonlyMap<CommandName, Millis>;
  }[];
}

/** Sizes of what a replica holds, by name: `pendingBlocks`, `dagBlocks`, `outboxFrames` … */
export interface MemorySample {
  readonly replica: AuthorIndex;
  readonly at: Millis;
  readonly sizes: Readonly<Record<string, number>>;
}

export interface MemoryInput {
  readonly samples: readonly MemorySample[];
  /** The most that each size may be. A size without a bound is itself a finding: nothing grows unwatched. */
  readonly bounds: Readonly<Record<string, number>>;
}
