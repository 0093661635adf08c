// Drives a machine as a log would: commits of commands written as people type them, replies printed as redis-cli does.
import { encodeCommand } from "@quorate/core";
import { bytesOf, utf8 } from "../src/bytes/byte-string.ts";
import { ConnectionTransaction } from "../src/connection-transaction.ts";
import { createMachine, type KeyValueMachine, type MachineOptions } from "../src/machine.ts";
import { printReply } from "../src/reply/print-reply.ts";
import { OK, type Reply } from "../src/reply/reply.ts";
import { MemoryStore } from "../src/store/memory-store.ts";
import type { Entry, Store, Write } from "../src/store/store.ts";

/** Takes bytes only: a disk would keep the low eight bits of any other character, and forget the rest. */
class ByteStore extends MemoryStore {
  override commit(index: number, writes: readonly Write[]): void {
    for (const [key, value] of writes) {
      if (!/^[\0-\xff]*$/.test(key + (value ?? ""))) throw new Error(`a record is no bytes: ${key} ${value}`);
    }
    super.commit(index, writes);
  }
}

export interface DriveOptions extends Partial<MachineOptions> {
  /** Log time of the first commit. */
  readonly time?: number;
}

export class Driver {
  readonly machine: KeyValueMachine;
  readonly store: Store;
  /** Log time of the next commit. */
  time: number;
  author = 0;
  /** Who is signed in. */
  user = "";
  nextDeadline: number | undefined;
  readonly #transaction: ConnectionTransaction;

  constructor({ time = 1_000_000, ...options }: DriveOptions = {}) {
    this.store = options.store ?? new ByteStore();
    this.machine = createMachine({ ...options, store: this.store });
    this.time = time;
    this.#transaction = new ConnectionTransaction(this.machine.commands);
  }

  /** One commit of one block with these commands. */
  commit(commands: readonly (readonly string[])[], timestamp = this.time): readonly Reply[] {
    const payload = commands.map((words) =>
      encodeCommand({
        words: words.map(bytesOf),
        notAfter: Number.MAX_SAFE_INTEGER,
        session: undefined,
        user: this.user,
        clientSignature: undefined,
      }),
    );
    const index = this.machine.index + 1;
    const applied = this.machine.apply({ index, time: this.time, chainDigest: `chain ${index}` }, [
      { author: this.author, timestamp, payload },
    ]);
    this.nextDeadline = applied.nextDeadline;
    return applied.replies[0]!;
  }

  /** One command in a commit of its own. */
  run(...words: string[]): Reply {
    return this.commit([words])[0]!;
  }

  /** A line as typed into redis-cli; its reply as redis-cli prints it. */
  cli(line: string): string {
    return printReply(this.connection(splitLine(line)));
  }

  /** A command of the one connection that there is, which may be amid a transaction. */
  connection(words: readonly string[]): Reply {
    const step = this.#transaction.take(words);
    if (step.kind === "reply") return step.reply;
    if (step.kind === "submit") return this.run(...step.words);
    if (step.kind === "run") return this.run(...words);
    const range = this.query(["CHANGES.RANGE"]);
    const last = "kind" in range && range.kind === "array" ? range.items[1] : undefined;
    this.#transaction.watched(step.keys, last?.kind === "integer" ? Number(last.value) : 0);
    return OK;
  }

  /** A read that does not enter the log. */
  query(words: readonly string[], wall: number = this.time): Reply | { readonly deadline: number } {
    const answer = this.machine.query(words.map(bytesOf), wall);
    return "reply" in answer ? answer.reply : answer;
  }

  /** Every record of the state. */
  entries(): readonly Entry[] {
    return this.store.range({ from: "", limit: 1e9 });
  }

  snapshot(): { pieces: Uint8Array[]; index: number; digest: string } {
    const snapshot = this.machine.snapshot();
    const taken = { pieces: [...snapshot.pieces], index: snapshot.index, digest: snapshot.digest };
    snapshot.close();
    return taken;
  }
}

/** Splits a line into words: blanks between them, double quotes around what has blanks or escapes. */
export function splitLine(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? utf8(bare!) : unescapeText(utf8(quoted)),
  );
}

function unescapeText(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|.)/g, (_, code: string) => {
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" }[code] ?? code;
  });
}
