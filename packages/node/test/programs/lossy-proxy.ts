// A way to a replica on which one answer is lost: the connection ends after the command was carried out and before its
// client hears of it. What a client does then tells whether it may apply a command twice.
import { connect, createServer, type Server, type Socket } from "node:net";

export class LossyProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Loses the answer to the first command that the pattern finds. */
  static async open(target: number, command: RegExp): Promise<LossyProxy> {
    let isArmed = true;
    const server = createServer((client) => {
      const replica = connect({ port: target, host: "127.0.0.1" });
      for (const socket of [client, replica]) proxy.#keep(socket);
      let isLost = false;
      client.on("data", (bytes) => {
        if (isArmed && command.test(bytes.toString("latin1"))) {
          isArmed = false;
          isLost = true;
        }
        replica.write(bytes);
      });
      replica.on("data", (bytes) => {
        if (isLost) client.destroy();
        else client.write(bytes);
      });
      client.on("close", () => replica.destroy());
      replica.on("close", () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const proxy = new LossyProxy(server, typeof address === "object" ? address!.port : 0);
    return proxy;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
