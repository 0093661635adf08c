// MULTI and EXEC of one connection: the machine's transaction, and beside it what only a door knows: its own commands that
// were queued amid it, whose answers go in their places, and whether something was turned away that EXEC must not run
// without.
import { type ByteString, type CommandTable, ConnectionTransaction, type Reply } from "@quorate/machine";
import type { Make } from "./connection-entry.ts";
import { NOT_IN_TRANSACTION } from "./connection-errors.ts";

interface QueuedLocal {
  /** Its place among all that was queued. */
  readonly at: number;
  readonly make: Make;
}

export class DoorTransaction {
  /** Something could not be queued for a reason that only the door knows: EXEC refuses. */
  isSpoiled = false;
  /** How much was queued. */
  queuedCount = 0;
  readonly #transaction: ConnectionTransaction;
  #locals: QueuedLocal[] = [];

  constructor(commands: CommandTable) {
    this.#transaction = new ConnectionTransaction(commands);
  }

  get isOpen(): boolean {
    return this.#transaction.isOpen;
  }

  /** What the machine's transaction makes of a command. */
  take(words: readonly ByteString[]): ReturnType<ConnectionTransaction["take"]> {
    const step = this.#transaction.take(words);
    if (step.kind !== "reply") return step;
    if (step.reply.kind === "simple" && step.reply.text === "QUEUED") this.queuedCount++;
    if (!this.isOpen) this.#forget();
    return step;
  }

  watched(keys: readonly ByteString[], revision: number): void {
    this.#transaction.watched(keys, revision);
  }

  /** Something was refused: if a transaction is open, it must not be carried out without that. */
  spoil(): void {
    if (this.isOpen) this.isSpoiled = true;
  }

  queueLocal(make: Make): void {
    this.#locals.push({ at: this.queuedCount++, make });
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

  #forget(): void {
    this.isSpoiled = false;
    this.queuedCount = 0;
    if (this.#locals.length > 0) this.#locals = [];
  }
}

/** The replies of a transaction with the door's own in their places. */
function merge(items: readonly Reply[], locals: readonly QueuedLocal[]): Reply[] {
  const merged = [...items];
  for (const { at, make } of locals) {
    const made = make();
    merged.splice(at, 0, made instanceof Promise ? { kind: "error", text: NOT_IN_TRANSACTION } : made);
  }
  return merged;
}
