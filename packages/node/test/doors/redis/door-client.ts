// A raw client of the door: sends bytes or commands, reads as many replies as it asks for, sees the end.
import { connect, type Socket } from "node:net";
import { decode, print, type Wire } from "./resp-decoder.ts";

export class DoorClient {
  readonly socket: Socket;
  /** What arrived and was not read. */
  #text = "";
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", () => {});
  }

  static connect(port: number): Promise<DoorClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new DoorClient(socket)));
    });
  }

  /** Sends bytes, one character each. */
  write(bytes: string): void {
    this.socket.write(bytes, "latin1");
  }

  send(...commands: readonly (readonly string[])[]): void {
    this.write(commands.map(encode).join(""));
  }

  async wire(): Promise<Wire> {
    for (;;) {
      const decoded = decode(this.#text);
      if (decoded !== undefined) {
        this.#text = this.#text.slice(decoded.end);
        return decoded.wire;
      }
      if (this.#ended) throw new Error(`the door closed the connection; unread: ${JSON.stringify(this.#text)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next reply, printed. */
  async reply(): Promise<string> {
    return print(await this.wire());
  }

  async replies(count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) found.push(await this.reply());
    return found;
  }

  /** Sends one command and reads its reply. */
  run(...words: readonly string[]): Promise<string> {
    this.send(words);
    return this.reply();
  }

  /** Resolves when the door has ended the connection, with what was not read. */
  async end(): Promise<string> {
    while (!this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#text;
  }

  close(): void {
    this.socket.destroy();
  }
}

export function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
