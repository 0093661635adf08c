// The least that a Redis client can be: commands go out, replies come back in their order. It never sends anything twice
// by itself, so that whatever is applied twice was not its doing.
import { connect, type Socket } from "node:net";
import type { Address } from "../place.ts";

export type Reply = string | number | null | RespError | readonly Reply[];

/** A reply that begins with a minus. */
export class RespError {
  /** Its first word. */
  readonly kind: string;
  readonly message: string;

  constructor(message: string) {
    this.message = message;
    this.kind = message.split(" ", 1)[0]!;
  }
}

export interface RespListener {
  opened(): void;
  replied(reply: Reply): void;
  /** The end: the error's code, or `closed`. Whatever was not answered never will be. */
  ended(why: string): void;
}

export class RespConnection {
  readonly #socket: Socket;
  readonly #listener: RespListener;
  #bytes: Buffer = Buffer.alloc(0);
  #isEnded = false;

  constructor({ host, port }: Address, listener: RespListener) {
    this.#listener = listener;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("connect", () => listener.opened());
    this.#socket.on("data", (bytes) => this.#read(bytes));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#socket.on("close", () => this.#end("closed"));
  }

  send(words: readonly string[]): void {
    let text = `*${words.length}\r\n`;
    for (const word of words) text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
    this.#socket.write(text);
  }

  /** Ends it without a word to the listener. */
  close(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  #end(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.destroy();
    this.#listener.ended(why);
  }

  #read(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    let at = 0;
    for (;;) {
      const parsed = parse(this.#bytes, at);
      if (parsed === undefined) break;
      at = parsed.end;
      this.#listener.replied(parsed.reply);
      if (this.#isEnded) return;
    }
    this.#bytes = this.#bytes.subarray(at);
  }
}

/** The reply that begins there, if it is whole. */
function parse(bytes: Buffer, at: number): { readonly reply: Reply; readonly end: number } | undefined {
  const stop = bytes.indexOf("\r\n", at);
  if (stop < 0) return undefined;
  const line = bytes.toString("utf8", at + 1, stop);
  const after = stop + 2;
  switch (String.fromCharCode(bytes[at]!)) {
    case "+":
      return { reply: line, end: after };
    case "-":
      return { reply: new RespError(line), end: after };
    case ":":
      return { reply: Number(line), end: after };
    case "$": {
      const length = Number(line);
      if (length < 0) return { reply: null, end: after };
      if (bytes.length < after + length + 2) return undefined;
      return { reply: bytes.toString("utf8", after, after + length), end: after + length + 2 };
    }
    case "*": {
      const replies: Reply[] = [];
      let end = after;
      for (let count = Number(line); count > 0; count--) {
        const parsed = parse(bytes, end);
        if (parsed === undefined) return undefined;
        replies.push(parsed.reply);
        end = parsed.end;
      }
      return { reply: Number(line) < 0 ? null : replies, end };
    }
    default:
      throw new Error(`a reply cannot begin with ${JSON.stringify(String.fromCharCode(bytes[at]!))}`);
  }
}

/** The connection ended before the answer came. */
export class Ended {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** One command at a time, as a promise; connects again when it is next asked. */
export class Asker {
  readonly #address: Address;
  #connection: RespConnection | undefined;
  #answer: ((reply: Reply | Ended) => void) | undefined;

  constructor(address: Address) {
    this.#address = address;
  }

  ask(words: readonly string[]): Promise<Reply | Ended> {
    this.#connection ??= new RespConnection(this.#address, {
      opened() {},
      replied: (reply) => this.#give(reply),
      ended: (why) => {
        this.#connection = undefined;
        this.#give(new Ended(why));
      },
    });
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#connection?.send(words);
    });
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #give(reply: Reply | Ended): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(reply);
  }
}
