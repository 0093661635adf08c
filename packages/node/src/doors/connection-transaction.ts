// MULTI and EXEC of one connection: the machine's transaction, and beside it what only a door knows: its own commands that
// were queued amid it, whose answers go in their places, and whether something was turned away that EXEC must not run
// without.
//
// The law it keeps: nothing is queued or watched beyond what EXEC could send, since that would be held for nothing.
import { type ByteString, type CommandTable, ConnectionTransaction, type Reply } from "@quorate/machine";
import type { Words } from "../running-replica.ts";
import { heldBytes, type Make } from "./connection-entry.ts";
import { NOT_IN_TRANSACTION, watchesTooLarge } from "./connection-errors.ts";

interface QueuedLocal {
  /** Its place among all that was queued. */
  readonly at: number;
  readonly make: Make;
}

/** What a word takes in the log besides its bytes, at least. */
const LENGTH_BYTES = 1;
/** Each command and each watched key has a number beside it. */
const NUMBER_BYTES = LENGTH_BYTES + 1;
/** What a command of the door's own counts besides its words: no block bounds what it holds here, and what it answers. */
const LOCAL_BYTES = 1024;

export class DoorTransaction {
  /** Something could not be queued for a reason that only the door knows: EXEC refuses. */
  isSpoiled = false;
  /** How much was queued. */
  queuedCount = 0;
  /** What is held until EXEC, watched keys included. */
  bytes = 0;
  /** What EXEC would send, at least; what is not sent counts as if it were. */
  #payloadBytes = 0;
  readonly #transaction: ConnectionTransaction;
  readonly #limits: { readonly payloadBytesMax: number };
  readonly #watched = new Set<ByteString>();
  #locals: QueuedLocal[] = [];

  constructor(commands: CommandTable, limits: { readonly payloadBytesMax: number }) {
    this.#transaction = new ConnectionTransaction(commands);
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#transaction.isOpen;
  }

  /** What the machine's transaction makes of a command. */
  take(words: readonly ByteString[]): ReturnType<ConnectionTransaction["take"]> {
    const wasOpen = this.isOpen;
    const step = this.#transaction.take(words);
    if (step.kind === "watch") {
      const newBytes = this.#unwatched(step.keys).reduce((sum, key) => sum + watchBytes(key), 0);
      if (!this.#fits(newBytes))
        return { kind: "reply", reply: { kind: "error", text: watchesTooLarge(this.#limits) } };
    } else if (step.kind === "run") {
      // UNWATCH.
      this.#forget();
    } else if (step.kind === "reply") {
      if (step.reply.kind === "simple" && step.reply.text === "QUEUED") {
        this.queuedCount++;
        this.#count(words, payloadBytes(words));
      } else if (wasOpen && !this.isOpen) this.#forget();
    }
    return step;
  }

  /** Whether a command can be queued without making the transaction larger than a block. */
  hasRoomFor(words: Words): boolean {
    return this.#fits(payloadBytes(words));
  }

  hasRoomForLocal(words: Words): boolean {
    return this.#fits(LOCAL_BYTES + payloadBytes(words));
  }

  watched(keys: readonly ByteString[], revision: number): void {
    this.#transaction.watched(keys, revision);
    for (const key of this.#unwatched(keys)) {
      this.#watched.add(key);
      this.#count([key], watchBytes(key));
    }
  }

  /** Something was refused: if a transaction is open, it must not be carried out without that. */
  spoil(): void {
    if (this.isOpen) this.isSpoiled = true;
  }

  queueLocal(make: Make, words: Words): void {
    this.#locals.push({ at: this.queuedCount++, make });
    this.#count(words, LOCAL_BYTES + payloadBytes(words));
    this.bytes += LOCAL_BYTES;
  }

  /** EXEC is on its way: answers what becomes of its reply, if anything, and begins anew. */
  finish(): ((reply: Reply) => Reply) | undefined {
    const locals = this.#locals;
    this.#forget();
    if (locals.length === 0) return undefined;
    return (reply) => (reply.kind === "array" ? { kind: "array", items: merge(reply.items, locals) } : reply);
  }

  /** No transaction, nothing watched. */
  reset(): void {
    this.#transaction.reset();
    this.#forget();
  }

  /** Those that were not watched already, once each. */
  #unwatched(keys: readonly ByteString[]): readonly ByteString[] {
    return [...new Set(keys)].filter((key) => !this.#watched.has(key));
  }

  #fits(payload: number): boolean {
    return this.#payloadBytes + payload <= this.#limits.payloadBytesMax;
  }

  #count(words: readonly { readonly length: number }[], payload: number): void {
    this.bytes += heldBytes(words);
    this.#payloadBytes += payload;
  }

  #forget(): void {
    this.isSpoiled = false;
    this.queuedCount = 0;
    this.bytes = 0;
    this.#payloadBytes = 0;
    this.#watched.clear();
    if (this.#locals.length > 0) this.#locals = [];
  }
}

function payloadBytes(words: readonly { readonly length: number }[]): number {
  return words.reduce((sum, word) => sum + LENGTH_BYTES + word.length, NUMBER_BYTES);
}

const watchBytes = (key: ByteString): number => payloadBytes([key]);

/** The replies of a transaction with the door's own in their places. */
function merge(items: readonly Reply[], locals: readonly QueuedLocal[]): Reply[] {
  const merged = [...items];
  for (const { at, make } of locals) {
    const made = make();
    merged.splice(at, 0, made instanceof Promise ? { kind: "error", text: NOT_IN_TRANSACTION } : made);
  }
  return merged;
}
