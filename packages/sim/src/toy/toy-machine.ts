// The machine that the simulator's replicas drive: values, lists, small transactions, values that expire, and sessions
// that make every command count once.
//
// It keeps the two rules of deadlines that every machine keeps: a deadline starts at the later of log time and the stamp
// of the block that brought the command, and it falls due only when log time reaches it.
import {
  type AppliedCommit,
  type ApplyContext,
  type Command,
  type CommandGroup,
  type CommitIndex,
  type Digest,
  decodeCommand,
  decodeUtf8,
  isRejection,
  type Machine,
  type MachineSnapshot,
  type Millis,
} from "@quorate/core";
import type { Step } from "../history/event.ts";
import { commandName } from "../workload/command-name.ts";
import type { ToyReply } from "./toy-reply.ts";
import { readSnapshot, writeSnapshot } from "./toy-snapshot.ts";
import { type Ending, type Entry, ToyState } from "./toy-state.ts";

/** Each switch breaks one rule of the toy machine. For canaries and nothing else. */
export interface ToyMutations {
  /** Lent values fall due so much too soon. */
  readonly expiryEarlyMs?: Millis;
  /** Lent values are kept for ever. */
  readonly neverExpires?: boolean;
}

export class ToyMachine implements Machine<ToyReply> {
  readonly #mutations: ToyMutations;
  #index: CommitIndex = 0;
  #state = new ToyState();

  constructor(mutations: ToyMutations = {}) {
    this.#mutations = mutations;
  }

  get index(): CommitIndex {
    return this.#index;
  }

  get nextDeadline(): Millis | undefined {
    return this.#state.nextDeadline;
  }

  get digest(): Digest {
    return digestOf(this.#state, this.#index);
  }

  /** How much is kept, for judges of memory. */
  get size(): number {
    return this.#state.entries.size + this.#state.sessions.size;
  }

  apply(context: ApplyContext, groups: readonly CommandGroup[]): AppliedCommit<ToyReply> {
    this.#index = context.index;
    this.#state.expire(context.time);
    const replies = groups.map(({ payload, timestamp }) =>
      payload.map((bytes) => this.#command(bytes, context.time, Math.max(context.time, timestamp))),
    );
    return { replies, digest: this.digest, nextDeadline: this.nextDeadline };
  }

  query(words: readonly Uint8Array[], wall: Millis): { readonly reply: ToyReply } | { readonly deadline: Millis } {
    const [name = "", key = ""] = words.map((word) => decodeUtf8(word) ?? "");
    const command = `${name} ${key}`;
    if (name !== "read") return { reply: { command, outcome: "rejected", fresh: false, text: "null" } };
    const entry = this.#state.entries.get(key);
    // Gone by the reader's clock, but not by the log's: only the log may say so.
    if (entry?.kind === "value" && entry.deadline !== undefined && entry.deadline <= wall) {
      return { deadline: entry.deadline };
    }
    return { reply: { command, outcome: "ok", fresh: false, text: textOf(entry) } };
  }

  snapshot(): MachineSnapshot {
    const { digest } = this;
    const index = this.#index;
    const state = new ToyState(this.#state);
    return {
      index,
      digest,
      pieces: { [Symbol.iterator]: () => writeSnapshot(state)[Symbol.iterator]() },
      close: () => undefined,
    };
  }

  restore(pieces: Iterable<Uint8Array>, expected: { readonly index: CommitIndex; readonly digest: Digest }): void {
    const state = readSnapshot(pieces);
    const digest = digestOf(state, expected.index);
    if (digest !== expected.digest) {
      throw new Error(`snapshot of commit ${expected.index} has digest ${digest}, not ${expected.digest}`);
    }
    this.#state = state;
    this.#index = expected.index;
  }

  #command(bytes: Uint8Array, time: Millis, from: Millis): ToyReply {
    const command = decodeCommand(bytes);
    if (isRejection(command)) {
      return { command: `undecodable of ${bytes.length} bytes`, outcome: "rejected", fresh: false, text: "null" };
    }
    const name = commandName(command);
    const { session } = command;
    if (session === undefined) {
      const ending = this.#execute(command, time, from);
      return { command: name, ...ending, fresh: ending.outcome === "ok" };
    }
    const known = this.#state.sessions.get(session.id);
    const before = known?.endings.get(session.sequence);
    if (before !== undefined) return { command: name, ...before, fresh: false };
    if (session.sequence <= (known?.acknowledged ?? 0)) {
      return { command: name, outcome: "rejected", fresh: false, text: "null" };
    }
    const ending = this.#execute(command, time, from);
    this.#state.end(session.id, session.sequence, session.acknowledgedUpTo, ending);
    return { command: name, ...ending, fresh: ending.outcome === "ok" };
  }

  #execute(command: Command, time: Millis, from: Millis): Ending {
    if (time > command.notAfter) return REJECTED;
    const [name, first = "", second = "null", third = "null"] = command.words.map((word) => decodeUtf8(word) ?? "");
    const state = this.#state;
    switch (name) {
      case "read":
        return { outcome: "ok", text: textOf(state.entries.get(first)) };
      case "write":
        state.setValue(first, second, undefined);
        return DONE;
      case "lend":
        state.setValue(first, second, this.#deadline(from + Number(third)));
        return DONE;
      case "cas":
        if (textOf(state.entries.get(first)) !== second) return FAILED;
        state.setValue(first, third, undefined);
        return DONE;
      case "append":
        state.append(first, second);
        return DONE;
      case "txn":
        return { outcome: "ok", text: JSON.stringify(this.#transact(JSON.parse(first))) };
      default:
        return REJECTED;
    }
  }

  #deadline(due: Millis): Millis | undefined {
    const { expiryEarlyMs = 0, neverExpires = false } = this.#mutations;
    return neverExpires ? undefined : due - expiryEarlyMs;
  }

  #transact(steps: readonly Step[]): readonly Step[] {
    return steps.map(([f, key, value]): Step => {
      if (f === "r") return [f, key, JSON.parse(textOf(this.#state.entries.get(key)))];
      if (f === "w") this.#state.setValue(key, JSON.stringify(value), undefined);
      else this.#state.append(key, JSON.stringify(value));
      return [f, key, value];
    });
  }
}

const DONE: Ending = { outcome: "ok", text: "null" };
const FAILED: Ending = { outcome: "fail", text: "null" };
const REJECTED: Ending = { outcome: "rejected", text: "null" };

function textOf(entry: Entry | undefined): string {
  if (entry === undefined) return "null";
  return entry.kind === "value" ? entry.text : `[${entry.texts.join(",")}]`;
}

function digestOf(state: ToyState, index: CommitIndex): Digest {
  return word(state.left ^ Math.imul(index, 0x9e3779b1)) + word(state.right);
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
