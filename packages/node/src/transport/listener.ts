// Takes connections from whoever comes, and finds out who it is. Until then a connection has a deadline and counts
// against a bound; whatever is wrong with it is counted, logged and, where the other side would understand, told.
import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { AuthorIndex } from "@quorate/core";
import { decodeAnswer, encodeHello, encodeRefusal, HELLO_BYTES_MAX, type Hello, type Home } from "./hello.ts";
import type { Refusal } from "./reasons.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { TlsIdentity } from "./tls-identity.ts";
import { TransportError } from "./transport-error.ts";
import type { TransportTuning } from "./tuning.ts";
import { Wire } from "./wire.ts";

export interface ListenerOptions {
  readonly self: AuthorIndex;
  readonly home: Home;
  readonly identity: TlsIdentity;
  readonly refusals: RefusalLog;
  readonly tuning: TransportTuning;
  /** Why a member's connection is not wanted, if so. */
  judge(hello: Hello): Refusal | undefined;
  /** A member, by its key, was refused. */
  refused(peer: AuthorIndex, refusal: Refusal): void;
  /** A connection of a member, which was welcomed; its wire is paused. */
  welcomed(hello: Hello, wire: Wire): void;
}

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  /** Connections that are not part of a link, oldest first. */
  readonly #strangers = new Set<Stranger>();
  /** Where it listens, or listened last; 0 before. */
  port = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (raw) => this.#accept(raw));
  }

  get handshakes(): number {
    return this.#strangers.size;
  }

  async open(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(
          new TransportError(
            `cannot listen for peers on ${host}:${port} (${(cause as NodeJS.ErrnoException).code ?? cause.message}); free the port, or give this replica another one here and in its peers' configuration`,
            cause,
          ),
        ),
      );
      this.#server.listen({ host, port }, resolve);
    });
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
    // Later ones concern single connections that could not be taken: their dialler tries again.
    this.#server.on("error", () => {});
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const stranger of this.#strangers) stranger.drop();
    await closed;
  }

  #accept(raw: Socket): void {
    if (this.#strangers.size >= this.#options.tuning.handshakesMax) this.#makeRoom();
    const stranger = new Stranger(raw, this.#options);
    this.#strangers.add(stranger);
    stranger.onGone = () => this.#strangers.delete(stranger);
  }

  /** Whoever floods should not keep members out: the address with most connections loses its oldest. */
  #makeRoom(): void {
    const byAddress = new Map<string, Stranger[]>();
    for (const stranger of this.#strangers) {
      const group = byAddress.get(stranger.host);
      if (group === undefined) byAddress.set(stranger.host, [stranger]);
      else group.push(stranger);
    }
    const groups = [...byAddress.values()];
    const most = Math.max(...groups.map(({ length }) => length));
    groups.find(({ length }) => length === most)?.[0]?.crowdedOut();
  }
}

/** A connection whose other side is not known yet, or was just told to go. */
class Stranger {
  readonly host: string;
  /** It is gone, or a stranger no longer. */
  onGone: () => void = () => {};
  readonly #raw: Socket;
  readonly #options: ListenerOptions;
  readonly #address: string;
  readonly #socket: TLSSocket;
  readonly #deadline: NodeJS.Timeout;
  #wire: Wire | undefined;
  #settled = false;

  constructor(raw: Socket, options: ListenerOptions) {
    this.#raw = raw;
    this.#options = options;
    this.host = raw.remoteAddress ?? "unknown";
    this.#address = `${this.host}:${raw.remotePort ?? 0}`;
    this.#deadline = setTimeout(
      () => this.#refuse("timeout", `no handshake within ${options.tuning.handshakeMs} ms`),
      options.tuning.handshakeMs,
    );
    raw.on("error", (error: NodeJS.ErrnoException) => this.#broke(error));
    raw.on("close", () => {
      this.#refuse("abandoned", "the other side left");
      this.onGone();
    });
    this.#socket = options.identity.accept(raw);
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#broke(error));
    this.#socket.once("secure", () => this.#secured());
  }

  crowdedOut(): void {
    this.#refuse("crowded", `${this.#options.tuning.handshakesMax} handshakes are under way`);
    this.drop();
  }

  drop(): void {
    this.#settle();
    this.#raw.destroy();
    this.#socket.destroy();
    this.onGone();
  }

  #secured(): void {
    const { identity } = this.#options;
    if (this.#settled) return;
    const other = identity.whoIs(this.#socket);
    this.#wire = new Wire(this.#raw, this.#socket, HELLO_BYTES_MAX, {
      frame: (bytes) => this.#greeted(bytes, other),
      ended: (end, detail) => this.#refuse(end === "oversize" ? "malformed" : "abandoned", detail),
      drained: () => {},
    });
    if (other === "no-certificate") this.#refuse(other, "it showed no certificate");
    else if (other === "unknown-key") this.#refuse(other, "no member has the key of its certificate");
  }

  #greeted(bytes: Uint8Array, other: ReturnType<TlsIdentity["whoIs"]>): void {
    const { home, judge, self, welcomed } = this.#options;
    const wire = this.#wire;
    if (this.#settled || wire === undefined || typeof other === "string") return;
    wire.pause();
    const hello = decodeAnswer(bytes, home);
    if (typeof hello === "string" || "refused" in hello) {
      // Only answers refuse, a dialler has no business to.
      this.#refuseMember(other.peer, typeof hello === "string" ? hello : "malformed", "");
      return;
    }
    const isWhoItSays = hello.from === other.peer && hello.to === self;
    const refusal = isWhoItSays ? judge(hello) : "wrong-member";
    if (refusal !== undefined) {
      this.#refuseMember(other.peer, refusal, `; it said ${JSON.stringify(hello)}`);
      return;
    }
    this.#settle();
    this.onGone();
    wire.send(encodeHello({ ...hello, from: self, to: hello.from }, home));
    wire.flush();
    welcomed(hello, wire);
  }

  #refuseMember(peer: AuthorIndex, refusal: Refusal, detail: string): void {
    this.#refuse(refusal, `member ${peer} by its key${detail}`);
    this.#options.refused(peer, refusal);
  }

  #broke(error: NodeJS.ErrnoException): void {
    const gone = error.code === "ECONNRESET" || error.code === "EPIPE";
    this.#refuse(gone ? "abandoned" : "tls", error.code ?? error.message);
  }

  #refuse(refusal: Refusal, detail: string): void {
    if (this.#settled) return;
    this.#settle();
    this.#options.refusals.refused(refusal, { address: this.#address, detail });
    if (this.#wire === undefined) {
      this.#raw.destroy();
      this.#socket.destroy();
    } else {
      this.#wire.send(encodeRefusal(refusal));
      void this.#wire.finish(this.#options.tuning.drainMs);
    }
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#deadline);
  }
}
