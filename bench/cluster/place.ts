// Where the processes of a run live: all on the loopback of this machine, or each replica in a network of its own whose
// cable can be pulled.
import { createServer } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface MemberPlace {
  readonly redis: Address;
  readonly http: Address;
  readonly peer: Address;
}

/** What of a replica's network is cut: everything; only what it sends to the others; only what they send to it. */
export type Cut = "both ways" | "its sending" | "its hearing";

export interface Place {
  readonly members: readonly MemberPlace[];
  /** Settings of a replica that must be said because of where it runs. */
  readonly flags: readonly string[];
  /** The words of a command that runs a program where a replica, or where the clients live. */
  atReplica(index: number, words: readonly string[]): readonly string[];
  atClients(words: readonly string[]): readonly string[];
  /** Left out where cables cannot be pulled. */
  readonly cables?: {
    cut(index: number, how: Cut): void;
    heal(index: number, how: Cut): void;
  };
  /** Leaves nothing behind. May be called twice. */
  remove(): void;
}

const HOST = "127.0.0.1";
/** Below the ports that the system gives to outgoing connections, which could take the port of a dead replica. */
const PORTS_FROM = 14_000;
const PORTS_TO = 32_000;

export async function onLoopback(replicas: number): Promise<Place> {
  const ports = await freePorts(3 * replicas);
  const at = (index: number): Address => ({ host: HOST, port: ports[index]! });
  return {
    members: Array.from({ length: replicas }, (_, index) => {
      return { redis: at(3 * index), http: at(3 * index + 1), peer: at(3 * index + 2) };
    }),
    flags: [],
    atReplica: (_, words) => words,
    atClients: (words) => words,
    remove() {},
  };
}

/** Ports in a row that nobody listens on. Somebody may take one before we do; then a replica says so. */
async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = PORTS_FROM + Math.floor(Math.random() * (PORTS_TO - PORTS_FROM - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
