// The smallest client that a comparison needs: sends commands in one pipeline, reads as many replies.
import { connect, type Socket } from "node:net";
import type { Protocol, Wire } from "./wire.ts";

export class RespClient {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #waiting: { readonly count: number; resolve(replies: Wire[]): void; reject(error: Error): void } | undefined;
  #replies: Wire[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("close", () => this.#waiting?.reject(new Error("the server closed the connection")));
  }

  static connect(port: number, protocol: Protocol = 2): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        const client = new RespClient(socket);
        if (protocol === 2) resolve(client);
        else client.send([["HELLO", "3"]]).then(() => resolve(client), reject);
      });
    });
  }

  send(commands: readonly (readonly string[])[]): Promise<Wire[]> {
    return new Promise((resolve, reject) => {
      this.#waiting = { count: commands.length, resolve, reject };
      const text = commands
        .map((words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`)
        .join("");
      this.#socket.write(Buffer.from(text, "latin1"));
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    let offset = 0;
    for (let parsed = parse(this.#buffer, offset); parsed !== undefined; parsed = parse(this.#buffer, offset)) {
      this.#replies.push(parsed.wire);
      offset = parsed.end;
    }
    this.#buffer = this.#buffer.subarray(offset);
    const waiting = this.#waiting;
    if (waiting === undefined || this.#replies.length < waiting.count) return;
    const replies = this.#replies;
    this.#replies = [];
    this.#waiting = undefined;
    waiting.resolve(replies);
  }
}

function parse(buffer: Buffer, offset: number): { wire: Wire; end: number } | undefined {
  const lineEnd = buffer.indexOf("\r\n", offset, "latin1");
  if (lineEnd < 0) return undefined;
  const type = String.fromCharCode(buffer[offset]!);
  const line = buffer.toString("latin1", offset + 1, lineEnd);
  const start = lineEnd + 2;
  if (type === "_") return { wire: { type, value: null }, end: start };
  if ("+-:,#(".includes(type)) return { wire: { type, value: line }, end: start };
  const length = Number(line);
  if (length < 0) return { wire: { type, value: null }, end: start };
  if ("$=".includes(type)) {
    if (buffer.length < start + length + 2) return undefined;
    return { wire: { type, value: buffer.toString("latin1", start, start + length) }, end: start + length + 2 };
  }
  const items: Wire[] = [];
  let end = start;
  for (let left = type === "%" ? 2 * length : length; left > 0; left--) {
    const item = parse(buffer, end);
    if (item === undefined) return undefined;
    items.push(item.wire);
    end = item.end;
  }
  return { wire: { type, value: items }, end };
}
