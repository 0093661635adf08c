// The way between a browser and one replica: bytes go through as they are, until a test has them lost or changed. What
// the browser sees of that is a connection that ends, as with a replica that dies amid an answer.
import { connect, createServer, type Server, type Socket } from "node:net";

export class Link {
  readonly port: number;
  /** Called with each piece of an answer; false loses it and its connection. Preflights are let through. */
  passes: () => boolean = () => true;
  /** What becomes of a piece of an answer on its way. */
  alters: (bytes: Buffer) => Buffer = (bytes) => bytes;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, if it does not. */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((browser) => this.#join(browser));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
  }

  /** Nobody listens any more, and every connection is gone. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(browser: Socket): void {
    const replica = connect(this.#target, "127.0.0.1");
    let isPreflight = false;
    const end = (): void => {
      for (const socket of [browser, replica]) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [browser, replica]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true).on("error", end).on("close", end);
    }
    browser.on("data", (bytes) => {
      const [, method] = /^([A-Z]+) \//.exec(bytes.toString("latin1", 0, 20)) ?? [];
      // A body that comes by itself belongs to the request before.
      if (method !== undefined) isPreflight = method === "OPTIONS";
      replica.write(bytes);
    });
    replica.on("data", (bytes) => {
      if (isPreflight || this.passes()) browser.write(this.alters(bytes));
      else end();
    });
  }
}
