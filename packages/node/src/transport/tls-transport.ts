// The transport between replicas: mutual TLS 1.3 over TCP, two connections a pair, identity by key.
//
// The laws it keeps, beside those of the port: up and down alternate for each peer; a frame is handed over only between
// them; no event is told from within `send` or `open`, nor after `close` was called; a peer can hold back nobody but
// itself, and no more memory than its bounds.
import type { KeyObject } from "node:crypto";
import type { AuthorIndex, Channel, Genesis, Transport, TransportEvents } from "@quorate/core";
import { FRAME_BYTES_MAX, invariant } from "@quorate/core";
import { type Log, SILENT } from "../telemetry/log.ts";
import type { PeerAddress } from "./dial.ts";
import { Dialer } from "./dialer.ts";
import { newPeerCounters, type PeerCounters, type TransportFacts } from "./facts.ts";
import type { Hello } from "./hello.ts";
import { Link } from "./link.ts";
import { Listener } from "./listener.ts";
import type { LinkEnd, Refusal } from "./reasons.ts";
import { RefusalLog } from "./refusal-log.ts";
import { TlsIdentity } from "./tls-identity.ts";
import { DEFAULT_TRANSPORT_TUNING, type TransportTuning } from "./tuning.ts";
import type { Wire } from "./wire.ts";

export interface TlsTransportOptions {
  readonly self: AuthorIndex;
  readonly genesis: Pick<Genesis, "clusterId" | "members">;
  readonly genesisHash: Uint8Array;
  /** Differs at every start, as the core's. */
  readonly boot: number;
  readonly privateKey: KeyObject;
  /** Port 0 lets the system choose; see `port`. */
  readonly listen: PeerAddress;
  /** Where a peer listens; asked before each attempt, so it may change. Undefined: not known yet. */
  addressOf(peer: AuthorIndex): PeerAddress | undefined;
  readonly log?: Log;
  readonly tuning?: Partial<TransportTuning>;
}

export interface TlsTransport extends Transport {
  /** Where it listens once it is open, also after it was closed: the next life is looked for there. */
  readonly port: number;
  facts(): TransportFacts;
}

/** Makes the transport of one replica; `open` starts it. */
export function createTlsTransport(options: TlsTransportOptions): TlsTransport {
  return new Links(options);
}

/** Ends say something this many times in the time after which silence ends a link. */
const BEATS = 5;

class Links implements TlsTransport {
  readonly #options: TlsTransportOptions;
  readonly #tuning: TransportTuning;
  readonly #log: Log;
  readonly #refusals: RefusalLog;
  readonly #counters: readonly PeerCounters[];
  readonly #listener: Listener;
  /** By peer; only those with a higher index are dialled. */
  readonly #dialers: readonly (Dialer | undefined)[];
  /** The newest link to each peer, in the making or up. */
  readonly #newest: (Link | undefined)[];
  /** The link that each peer was told up with, until its down is told. */
  readonly #told: (Link | undefined)[];
  /** Links with frames of this turn. */
  readonly #unflushed = new Set<Link>();
  #flush: NodeJS.Immediate | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #tickedAt = 0;
  #events: TransportEvents | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TlsTransportOptions) {
    const { boot, genesis, genesisHash, privateKey, self } = options;
    this.#options = options;
    this.#tuning = { ...DEFAULT_TRANSPORT_TUNING, ...options.tuning };
    this.#log = options.log ?? SILENT;
    this.#refusals = new RefusalLog(this.#log);
    const { members } = genesis;
    this.#counters = members.map(() => newPeerCounters());
    this.#newest = members.map(() => undefined);
    this.#told = members.map(() => undefined);
    const common = {
      self,
      home: { clusterId: genesis.clusterId, genesisHash },
      identity: new TlsIdentity(
        privateKey,
        members.map(({ publicKey }) => publicKey),
      ),
      refusals: this.#refusals,
      tuning: this.#tuning,
    };
    this.#listener = new Listener({
      ...common,
      judge: (hello) => this.#judge(hello),
      refused: (peer, refusal) => {
        const counters = this.#counters[peer];
        if (counters !== undefined && this.#told[peer] === undefined) counters.problem = `refused here: ${refusal}`;
      },
      welcomed: (hello, wire) => this.#welcomed(hello, wire),
    });
    this.#dialers = members.map((_, peer) =>
      peer <= self
        ? undefined
        : new Dialer({
            ...common,
            peer,
            boot,
            counters: this.#counters[peer]!,
            addressOf: options.addressOf.bind(options),
            begin: (attempt) => this.#begin(peer, boot, attempt),
          }),
    );
  }

  get port(): number {
    return this.#listener.port;
  }

  async open(events: TransportEvents): Promise<void> {
    invariant(this.#events === undefined, "a transport is opened once");
    this.#events = events;
    const { host, port } = this.#options.listen;
    await this.#listener.open(host, port);
    if (this.#closing !== undefined) return;
    this.#tickedAt = performance.now();
    this.#ticker = setInterval(() => this.#tick(), this.#tuning.silenceMs / BEATS);
    for (const dialer of this.#dialers) dialer?.start();
  }

  send(to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    invariant(
      bytes.length > 0 && bytes.length <= FRAME_BYTES_MAX,
      () => `a frame has 1 to ${FRAME_BYTES_MAX} bytes, not ${bytes.length}`,
    );
    const link = this.#told[to];
    if (link === undefined) return;
    link.send(channel, bytes);
    this.#unflushed.add(link);
    // After everything that this turn of the loop still has to say.
    this.#flush ??= setImmediate(() => {
      this.#flush = undefined;
      for (const unflushed of this.#unflushed) unflushed.flush();
      this.#unflushed.clear();
    });
  }

  facts(): TransportFacts {
    const peers = this.#counters.flatMap((counters, peer) => {
      if (peer === this.#options.self) return [];
      const link = this.#told[peer];
      const { ended, ...rest } = counters;
      return {
        ...rest,
        peer,
        up: link !== undefined,
        ended: { ...ended },
        queuedBytes: { blocks: link?.backlogBytes("blocks") ?? 0, "catch-up": link?.backlogBytes("catch-up") ?? 0 },
      };
    });
    return { peers, refused: { ...this.#refusals.counts }, handshakes: this.#listener.handshakes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticker);
    clearImmediate(this.#flush);
    for (const dialer of this.#dialers) dialer?.close();
    const links = this.#newest.map((link) => link?.finish(this.#tuning.drainMs));
    await Promise.all([this.#listener.close(), ...links]);
  }

  #begin(peer: AuthorIndex, boot: number, attempt: number): Link {
    const link = new Link({
      peer,
      boot,
      attempt,
      queueBytesMax: this.#tuning.queueBytesMax,
      counters: this.#counters[peer]!,
      owner: {
        up: () => this.#up(link),
        frame: (_, bytes) => this.#frame(link, bytes),
        ended: (_, end, detail) => this.#ended(link, end, detail),
      },
    });
    this.#newest[peer] = link;
    return link;
  }

  #judge({ attempt, boot, channel, from }: Hello): Refusal | undefined {
    if (from >= this.#options.self) return "wrong-direction";
    const newest = this.#newest[from];
    if (newest === undefined || newest.boot !== boot || newest.attempt < attempt) return undefined;
    return newest.attempt > attempt || newest.has(channel) ? "stale" : undefined;
  }

  #welcomed({ attempt, boot, channel, from }: Hello, wire: Wire): void {
    let link = this.#newest[from];
    if (link === undefined || link.boot !== boot || link.attempt !== attempt) {
      // Its dialler would not try again if it still had the earlier one.
      link?.end("replaced", "the peer opened a newer link");
      link = this.#begin(from, boot, attempt);
    }
    link.add(channel, wire);
  }

  #up(link: Link): void {
    const { peer } = link;
    const counters = this.#counters[peer]!;
    // The end of the earlier one may still be on its way to be told.
    const earlier = this.#told[peer];
    if (earlier !== undefined) this.#tellDown(earlier);
    counters.links += 1;
    counters.problem = undefined;
    this.#told[peer] = link;
    this.#dialers[peer]?.up();
    this.#log.info({ peer: this.#name(peer) }, "link up");
    this.#tell((events) => events.up(peer));
  }

  #frame(link: Link, bytes: Uint8Array): void {
    if (this.#told[link.peer] === link) this.#tell((events) => events.frame(link.peer, bytes));
  }

  #ended(link: Link, end: LinkEnd, detail: string): void {
    const { peer } = link;
    const counters = this.#counters[peer]!;
    const problem = `${end}: ${detail}`;
    if (this.#told[peer] === link) {
      counters.ended[end] += 1;
      this.#log.warn({ peer: this.#name(peer), end, detail }, "link lost");
      this.#tellDown(link);
    } else if (counters.problem !== problem) {
      this.#log.info({ peer: this.#name(peer), end, detail }, "no link");
    }
    if (this.#newest[peer] !== link) return;
    this.#newest[peer] = undefined;
    counters.problem = problem;
    this.#dialers[peer]?.ended(problem);
  }

  #tellDown(link: Link): void {
    this.#told[link.peer] = undefined;
    this.#tell((events) => events.down(link.peer));
  }

  #tell(say: (events: TransportEvents) => void): void {
    if (this.#events !== undefined && this.#closing === undefined) say(this.#events);
  }

  #tick(): void {
    const { handshakeMs, silenceMs } = this.#tuning;
    const beatMs = silenceMs / BEATS;
    const now = performance.now();
    const late = now - this.#tickedAt - beatMs;
    this.#tickedAt = now;
    for (const link of this.#newest) {
      // This process was stopped, or busy: what the peers said meanwhile has yet to be read.
      if (late > beatMs) link?.forgive(late);
      link?.tick(now, { beatMs, silenceMs, handshakeMs });
    }
  }

  #name(peer: AuthorIndex): string {
    return this.#options.genesis.members[peer]?.name ?? String(peer);
  }
}
