// MULTI, EXEC, DISCARD and WATCH as one connection lives them: what is queued, what is watched, what went wrong. Nothing
// of it enters the log before EXEC, which becomes one `TXN.EXEC` command. Every door that speaks Redis's transactions
// uses this, so they behave alike; it does no I/O and knows no replica.
import type { ByteString } from "./bytes/byte-string.ts";
import { CommandError, unknownCommand, wrongArity } from "./commands/command-error.ts";
import { arityFits, type CommandTable } from "./commands/table.ts";
import { errorReply, OK, type Reply, simple } from "./reply/reply.ts";

/** What a door does with a command of its connection. */
export type ConnectionStep =
  /** Answer this; nothing is to be run. */
  | { readonly kind: "reply"; readonly reply: Reply }
  /** Not of a transaction: run it as any other command. */
  | { readonly kind: "run" }
  /** Read the machine's last revision (behind the connection's earlier commands), call `watched`, answer OK. */
  | { readonly kind: "watch"; readonly keys: readonly ByteString[] }
  /** Send this through the log; its reply is EXEC's. */
  | { readonly kind: "submit"; readonly words: readonly ByteString[] };

const QUEUED: ConnectionStep = { kind: "reply", reply: simple("QUEUED") };

export class ConnectionTransaction {
  readonly #commands: CommandTable;
  readonly #watched = new Map<ByteString, number>();
  /** What was queued since MULTI; undefined outside of a transaction. */
  #queue: (readonly ByteString[])[] | undefined;
  /** Something could not be queued: EXEC will refuse. */
  #broken = false;

  constructor(commands: CommandTable) {
    this.#commands = commands;
  }

  /** Whether a transaction is being queued. */
  get isOpen(): boolean {
    return this.#queue !== undefined;
  }

  /** Decides over a command. */
  take(words: readonly ByteString[]): ConnectionStep {
    const command = this.#commands.get((words[0] ?? "").toLowerCase());
    if (command === undefined) return this.#queue === undefined ? { kind: "run" } : this.#refuse(unknownCommand(words));
    if (!arityFits(command, words.length)) return this.#misfit(command.name);
    switch (command.name) {
      case "MULTI":
        return this.#multi();
      case "EXEC":
        return this.#exec();
      case "DISCARD":
        if (this.#queue === undefined) return { kind: "reply", reply: errorReply("ERR DISCARD without MULTI") };
        this.reset();
        return { kind: "reply", reply: OK };
      case "WATCH":
        if (this.#queue !== undefined)
          return { kind: "reply", reply: errorReply("ERR WATCH inside MULTI is not allowed") };
        return { kind: "watch", keys: words.slice(1) };
      case "UNWATCH":
        if (this.#queue === undefined) this.#watched.clear();
        break;
    }
    if (this.#queue === undefined) return { kind: "run" };
    if (command.flags.includes("no-multi") || command.flags.includes("connection"))
      return this.#refuse({ reply: "ERR Command not allowed inside a transaction" });
    try {
      command.refuse?.(words.slice(1));
    } catch (error) {
      if (error instanceof CommandError) return this.#refuse(error);
      throw error;
    }
    this.#queue.push(words);
    return QUEUED;
  }

  /** Remembers at which revision keys were watched; the first time counts. */
  watched(keys: readonly ByteString[], revision: number): void {
    for (const key of keys) if (!this.#watched.has(key)) this.#watched.set(key, revision);
  }

  /** Forgets everything, as when the connection ends or says RESET. */
  reset(): void {
    this.#queue = undefined;
    this.#broken = false;
    this.#watched.clear();
  }

  #multi(): ConnectionStep {
    if (this.#queue !== undefined) return { kind: "reply", reply: errorReply("ERR MULTI calls can not be nested") };
    this.#queue = [];
    return { kind: "reply", reply: OK };
  }

  #exec(): ConnectionStep {
    const queue = this.#queue;
    if (queue === undefined) return { kind: "reply", reply: errorReply("ERR EXEC without MULTI") };
    const broken = this.#broken;
    const watched = [...this.#watched].flatMap(([key, revision]) => [key, String(revision)]);
    this.reset();
    if (broken)
      return {
        kind: "reply",
        reply: errorReply("EXECABORT Transaction discarded because of previous errors."),
      };
    const commands = queue.flatMap((words) => [String(words.length), ...words]);
    return { kind: "submit", words: ["TXN.EXEC", String(watched.length / 2), ...watched, ...commands] };
  }

  /** The wrong number of words. An EXEC that is wrong itself ends the transaction. */
  #misfit(name: string): ConnectionStep {
    const error = wrongArity(name);
    if (name !== "EXEC") return this.#queue === undefined ? answer(error) : this.#refuse(error);
    this.reset();
    return answer({ reply: error.reply.replace("ERR ", "EXECABORT Transaction discarded because of: ") });
  }

  #refuse(error: { readonly reply: ByteString }): ConnectionStep {
    this.#broken = true;
    return answer(error);
  }
}

const answer = ({ reply }: { readonly reply: ByteString }): ConnectionStep => ({
  kind: "reply",
  reply: errorReply(reply),
});
