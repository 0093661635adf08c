// Transports of a few members over real TLS on the loopback, each pair behind relays that can be cut: bytes of one
// direction stop, closes and resets too, while the way back goes on, as when a firewall drops packets one way.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AuthorIndex, Transport } from "@quorate/core";
import { makeKeyPair } from "../../src/crypto/keys.ts";
import type { Log } from "../../src/telemetry/log.ts";
import type { PeerAddress } from "../../src/transport/dial.ts";
import { createTlsTransport, type TlsTransport } from "../../src/transport/tls-transport.ts";
import type { TransportTuning } from "../../src/transport/tuning.ts";

/** Short enough for tests, long enough for a machine that does other things as well. */
export const TEST_TUNING: TransportTuning = {
  handshakesMax: 64,
  silenceMs: 1_500,
  handshakeMs: 1_500,
  redialMsMin: 10,
  redialMsMax: 100,
  queueBytesMax: 8 * 1024 * 1024,
  drainMs: 200,
};

export class TlsCluster {
  readonly keys;
  readonly genesis;
  readonly genesisHash: Uint8Array = new Uint8Array(32).fill(9);
  readonly #tuning: Partial<TransportTuning>;
  readonly #ports: (number | undefined)[];
  readonly #relays = new Map<string, Relay>();
  #boots = 1;

  constructor(members: number, tuning: Partial<TransportTuning> = TEST_TUNING) {
    this.keys = Array.from({ length: members }, makeKeyPair);
    this.genesis = {
      clusterId: "0123456789abcdef0123456789abcdef",
      members: this.keys.map(({ publicKey }, index) => ({ name: `r${index + 1}`, stake: 1, publicKey })),
    };
    this.#tuning = tuning;
    this.#ports = this.keys.map(() => undefined);
  }

  /** The next life of a member. */
  transport(self: AuthorIndex, log?: Log, port = 0): TlsTransport {
    const transport = createTlsTransport({
      self,
      genesis: this.genesis,
      genesisHash: this.genesisHash,
      boot: this.#boots++,
      privateKey: this.keys[self]!.privateKey,
      listen: { host: "127.0.0.1", port },
      addressOf: (peer) => this.#relays.get(`${self} ${peer}`)?.address ?? this.address(peer),
      tuning: this.#tuning,
      ...(log === undefined ? {} : { log }),
    });
    const { open } = transport;
    return Object.assign(transport, {
      open: async (events: Parameters<Transport["open"]>[0]) => {
        await open.call(transport, events);
        this.#ports[self] = transport.port;
      },
    });
  }

  address(peer: AuthorIndex): PeerAddress | undefined {
    const port = this.#ports[peer];
    return port === undefined ? undefined : { host: "127.0.0.1", port };
  }

  /** Puts relays between all members, so that they can be cut. Before anybody is opened. */
  async relay(): Promise<void> {
    for (const from of this.keys.keys()) {
      for (const to of this.keys.keys()) {
        if (from >= to) continue;
        const relay = new Relay(() => this.address(to)?.port);
        await relay.open();
        this.#relays.set(`${from} ${to}`, relay);
      }
    }
  }

  cut(from: AuthorIndex, to: AuthorIndex): void {
    this.#way(from, to).cut(from < to ? "there" : "back");
  }

  heal(from: AuthorIndex, to: AuthorIndex): void {
    this.#way(from, to).heal(from < to ? "there" : "back");
  }

  async close(): Promise<void> {
    for (const relay of this.#relays.values()) await relay.close();
  }

  #way(from: AuthorIndex, to: AuthorIndex): Relay {
    const relay = this.#relays.get(`${Math.min(from, to)} ${Math.max(from, to)}`);
    if (relay === undefined) throw new Error("relay() first");
    return relay;
  }
}

type Direction = "there" | "back";

/** Passes bytes on between a dialler and where its peer listens now. */
class Relay {
  readonly #portOf: () => number | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #cuts = new Set<Direction>();

  constructor(portOf: () => number | undefined) {
    this.#portOf = portOf;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
  }

  get address(): PeerAddress {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the relay is not open");
    return { host: "127.0.0.1", port: address.port };
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  cut(direction: Direction): void {
    this.#cuts.add(direction);
  }

  heal(direction: Direction): void {
    this.#cuts.delete(direction);
  }

  #accept(near: Socket): void {
    const port = this.#portOf();
    if (port === undefined) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#pass(near, far, "there");
    this.#pass(far, near, "back");
  }

  #pass(source: Socket, target: Socket, direction: Direction): void {
    this.#sockets.add(source);
    // What a cut swallowed makes a hole in the stream: such a connection never carries anything again that way.
    let broken = false;
    const passes = (): boolean => {
      broken ||= this.#cuts.has(direction);
      return !broken;
    };
    source.on("data", (chunk) => {
      if (passes() && !target.destroyed && !target.write(chunk)) {
        source.pause();
        target.once("drain", () => source.resume());
      }
    });
    source.on("end", () => {
      if (passes()) target.end();
    });
    source.on("error", () => {
      if (passes()) target.resetAndDestroy();
    });
    source.on("close", () => {
      this.#sockets.delete(source);
      if (passes()) target.destroy();
    });
  }
}
