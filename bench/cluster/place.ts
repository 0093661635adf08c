// Where the processes of a run live: all on the loopback of this machine, or each replica in a network of its own whose
// cable can be pulled.
import { freePorts } from "./ports.ts";

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
