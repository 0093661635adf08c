// What a TCP load balancer does for clients that know one address only: every connection goes to the first replica that
// says it serves (`/readyz`), and what is connected stays where it is until it breaks.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ProgramCluster } from "./cluster.ts";

export class Balancer {
  readonly #cluster: ProgramCluster;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(cluster: ProgramCluster) {
    this.#cluster = cluster;
    this.#server = createServer((client) => void this.#carry(client));
  }

  static async open(cluster: ProgramCluster): Promise<Balancer> {
    const balancer = new Balancer(cluster);
    await new Promise<void>((resolve) => balancer.#server.listen(0, "127.0.0.1", resolve));
    return balancer;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? address!.port : 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #carry(client: Socket): Promise<void> {
    this.#keep(client);
    const index = await this.#firstReady();
    if (index === undefined || client.destroyed) {
      client.destroy();
      return;
    }
    const replica = connect({ port: this.#cluster.redisPort(index), host: "127.0.0.1" });
    this.#keep(replica);
    client.pipe(replica).pipe(client);
    client.on("close", () => replica.destroy());
    replica.on("close", () => client.destroy());
  }

  async #firstReady(): Promise<number | undefined> {
    for (let index = 0; index < this.#cluster.size; index++) {
      const answer = await fetch(`${this.#cluster.httpUrl(index)}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return index;
    }
    return undefined;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
