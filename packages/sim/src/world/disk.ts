// One process's disk: the block log, and beside it the machine's state as of some commit.
//
// Written is not durable: until a sync is through, a crash keeps a random prefix of what was appended, and the record
// after it may be torn. What was durable stays, unless a fault rots or wipes it. The disk asserts what the core promises
// of it: records come without gaps, and state never runs ahead of the log that it was derived from.
import type { CommitIndex, Digest, LogRecord, MachineSnapshot, Millis, Round } from "@quorate/core";
import type { Rng } from "../rng.ts";

/** How long the disk takes to make things durable. */
export interface DiskModel {
  /** A sync takes this long at least. */
  readonly syncMs: Millis;
  /** And on top of it a waiting time without memory. */
  readonly syncTailMs: Millis;
  /** Machine state is written out this often. */
  readonly flushEveryMs: Millis;
}

export const FAST_DISK: DiskModel = { syncMs: 0.2, syncTailMs: 0.1, flushEveryMs: 50 };

/** What a start finds. */
export type Found =
  /** Nothing, and nothing was ever promised durable. */
  | { readonly kind: "new" }
  /** All that was promised durable is there. */
  | { readonly kind: "whole"; readonly records: readonly LogRecord[] }
  /** Something that was promised durable is not. */
  | { readonly kind: "lost"; readonly why: string };

/** Machine state as it survives a crash. */
export interface DurableState {
  readonly index: CommitIndex;
  readonly digest: Digest;
  readonly nextDeadline: Millis | undefined;
  readonly snapshot: MachineSnapshot;
}

/** Thrown by an append when there is no room: the process cannot go on. */
export class DiskFullError extends Error {
  override readonly name: string = "DiskFullError";
  readonly code = "disk-full";
}

/** The core asked for something that its own laws forbid. */
export class DiskLawError extends Error {
  override readonly name: string = "DiskLawError";
  readonly code = "disk-law";
}

interface Entry {
  readonly record: LogRecord;
  /** Its checksum no longer fits its bytes. */
  rotten: boolean;
}

export class SimulatedDisk {
  readonly model: DiskModel;
  readonly #rng: Rng;
  /** Blocks in order of sequence, those before `#first` given up; and the few records of other kinds. */
  #blocks: Entry[] = [];
  #first = 0;
  #marks: Entry[] = [];
  /** The newest record's sequence, and the newest that survives a crash. */
  #appended = 0;
  #durable = 0;
  /** Why the log before this one was lost. It is what a start finds until something survives in this one. */
  #loss: string | undefined;
  #full = false;
  #syncing = false;
  #state: DurableState | undefined;
  syncs = 0;

  constructor(model: DiskModel, rng: Rng) {
    this.model = model;
    this.#rng = rng;
  }

  get durable(): number {
    return this.#durable;
  }

  get appended(): number {
    return this.#appended;
  }

  get records(): number {
    return this.#blocks.length - this.#first + this.#marks.length;
  }

  get state(): DurableState | undefined {
    return this.#state;
  }

  append(records: readonly LogRecord[]): void {
    if (this.#full) throw new DiskFullError("append to the block log: no space left");
    for (const record of records) {
      if (record.sequence !== this.#appended + 1) {
        throw new DiskLawError(`record ${record.sequence} was appended after record ${this.#appended}`);
      }
      this.#appended = record.sequence;
      (record.kind === "block" ? this.#blocks : this.#marks).push({ record, rotten: false });
    }
  }

  /** Whether something waits for a sync and none is under way. */
  get wantsSync(): boolean {
    return !this.#syncing && this.#appended > this.#durable;
  }

  /** Begins a sync of everything appended so far; says how long it takes and what will be durable. */
  beginSync(): { readonly takes: Millis; readonly upTo: number } {
    this.#syncing = true;
    this.syncs += 1;
    const { syncMs, syncTailMs } = this.model;
    return { takes: syncMs + (syncTailMs > 0 ? this.#rng.exponential(syncTailMs) : 0), upTo: this.#appended };
  }

  finishSync(upTo: number): void {
    this.#syncing = false;
    this.#durable = upTo;
  }

  /** Makes machine state durable. `durableAfter` is the record that it must not outrun. */
  writeState(state: DurableState, durableAfter: number): void {
    if (durableAfter > this.#durable) {
      throw new DiskLawError(
        `state of commit ${state.index} needs record ${durableAfter}, but only ${this.#durable} is durable`,
      );
    }
    this.#state?.snapshot.close();
    this.#state = state;
  }

  /** Gives up what the core no longer needs, as far as it lies at the beginning of the log: space is freed from there. */
  reclaim(round: Round, cursor: number): void {
    while ((this.#blocks[this.#first]?.record.round ?? Number.POSITIVE_INFINITY) <= round) this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#first);
      this.#first = 0;
    }
    this.#marks = this.#marks.filter(({ record }) => record.sequence >= cursor);
  }

  /** The process dies. Of what was not yet durable a random prefix stays; the record after it is torn, so it goes. */
  crash(): void {
    this.#syncing = false;
    const kept = this.#durable + this.#rng.integer(this.#appended - this.#durable + 1);
    this.#blocks = this.#live().filter(({ record }) => record.sequence <= kept);
    this.#first = 0;
    this.#marks = this.#marks.filter(({ record }) => record.sequence <= kept);
    this.#appended = kept;
    // What survived survives the next crash as well.
    this.#durable = kept;
  }

  /** Reads everything back, checking as a real log does. */
  open(): Found {
    if (this.#appended === 0) return this.#loss === undefined ? { kind: "new" } : { kind: "lost", why: this.#loss };
    const entries = [...this.#live(), ...this.#marks].sort(
      (left, right) => left.record.sequence - right.record.sequence,
    );
    const rotten = entries.find((entry) => entry.rotten);
    if (rotten !== undefined) {
      // It was durable and may have been spoken of: going on without it would be going back on one's word.
      return { kind: "lost", why: `record ${rotten.record.sequence} is rotten` };
    }
    return { kind: "whole", records: entries.map(({ record }) => record) };
  }

  /** Begins a new log in the place of one that lost something. */
  startOver(why: string): void {
    this.#state?.snapshot.close();
    this.#state = undefined;
    this.#blocks = [];
    this.#first = 0;
    this.#marks = [];
    this.#appended = 0;
    this.#durable = 0;
    this.#loss = why;
  }

  /** Everything is gone; the next start will find that. */
  wipe(): void {
    this.startOver("wiped");
  }

  /** Flips bits in some durable record, if there is one; the next start will find that. */
  rot(): boolean {
    const durable = [...this.#live(), ...this.#marks].filter(({ record }) => record.sequence <= this.#durable);
    if (durable.length === 0) return false;
    this.#rng.pick(durable).rotten = true;
    return true;
  }

  /** From now on appends fail, or succeed again. */
  fill(full: boolean): void {
    this.#full = full;
  }

  #live(): Entry[] {
    return this.#blocks.slice(this.#first);
  }
}
