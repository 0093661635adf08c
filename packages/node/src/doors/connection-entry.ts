// One command in a connection's queue: what was asked, how far it got, and how it ended.
import type { CommitIndex, Millis } from "@quorate/core";
import type { Reply } from "@quorate/machine";
import type { Submission, Words } from "../running-replica.ts";

/**
 * How a command ended. `done`: the reply is what it answered. `refused`: the reply is an error, and the command was
 * certainly not applied. `indeterminate`: the reply is an error, and nobody here can tell.
 */
export type Ending = "done" | "refused" | "indeterminate";

/** Called once. `index` is the commit whose state the reply reflects; 0 where there is none. */
export type Answer = (reply: Reply, ending: Ending, index: CommitIndex) => void;

/** What a command may say of itself; a plain Redis client says nothing. */
export interface RunOptions {
  /** Numbered in a session, and so applied once however often it is sent. Always goes through the log. */
  readonly session?: NonNullable<Submission["session"]>;
  readonly clientSignature?: Uint8Array;
  /** Log time after which it must not be applied; by default the deadline and a little more. */
  readonly notAfter?: Millis;
  /** A read is answered from this replica's state as it is; by default as the connection is set. */
  readonly stale?: boolean;
}

/** Makes an answer of the door's own. */
export type Make = () => Reply | Promise<Reply>;

export interface LocalOptions {
  /** `answered`: made only after everything before it was answered, and nothing behind it starts before it is. */
  readonly when?: "now" | "answered";
  /** Amid a transaction: run at once, queue until EXEC (what is made must be there at once then), or refuse. */
  readonly amidTransaction?: "run" | "queue" | "refuse";
}

/** What of a command counts besides its words. */
const COMMAND_BYTES = 64;
const WORD_BYTES = 16;

/** What a command holds while it waits. */
export function heldBytes(words: readonly { readonly length: number }[]): number {
  let bytes = COMMAND_BYTES;
  for (const word of words) bytes += word.length + WORD_BYTES;
  return bytes;
}

export class Entry {
  next: Entry | undefined;
  words: Words;
  readonly answer: Answer;
  readonly options: RunOptions;
  /** What makes the answer, if it is the door's own. */
  readonly make: Make | undefined;
  readonly local: LocalOptions | undefined;
  readonly bytes: number;
  /** By which way it went: into the log, past it, or nowhere (yet). */
  way: "none" | "log" | "barrier" = "none";
  /** Whether it may change anything. */
  writes = false;
  /** Monotonic time at which the answer is that there is none. */
  dueAt: Millis = Infinity;
  reply: Reply | undefined;
  ending: Ending = "done";
  index: CommitIndex = 0;
  /**
   * Whether the order of the connection holds in spite of how it ended. `suspect`: it was turned away in passing, later
   * ones may go through. `judging`: a turn is waited to see whether they do.
   */
  order: "kept" | "suspect" | "judging" | "broken" = "kept";
  /** What the machine's reply becomes: EXEC's gets the door's own replies, WATCH's is only for us. */
  finish: ((reply: Reply) => Reply) | undefined;

  constructor(words: Words, answer: Answer, options: RunOptions, make?: Make, local?: LocalOptions) {
    this.words = words;
    this.answer = answer;
    this.options = options;
    this.make = make;
    this.local = local;
    this.bytes = heldBytes(words);
  }
}
