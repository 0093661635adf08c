// Links between members that live in one process, for tests and for clusters inside an application. The same contract as
// the transport over TLS, the conformance suite says so: what is sent arrives on a later turn of the loop, as bytes of its
// receiver's own; links can be cut, one way or both, and both ends notice.
import {
  type AuthorIndex,
  type Channel,
  FRAME_BYTES_MAX,
  invariant,
  type Transport,
  type TransportEvents,
} from "@quorate/core";

export interface MemoryHubOptions {
  readonly members: number;
  /** How long after a cut both ends notice it. */
  readonly noticeMs?: number;
  /** Bytes on their way to one peer on one channel; more resets the link. */
  readonly queueBytesMax?: number;
}

export interface MemoryHub {
  /** The next life of a member's transport; the one before must be closed. */
  transport(member: AuthorIndex): Transport;
  /**
   * From now on nothing gets from one to the other; the way back still works until both ends notice. What was on its way
   * is lost with the link, or arrives if the cut is healed before.
   */
  cut(way: { readonly from: AuthorIndex; readonly to: AuthorIndex }): void;
  /** Lets frames through again: a link that was lost comes up, one that nobody missed yet goes on. */
  heal(way: { readonly from: AuthorIndex; readonly to: AuthorIndex }): void;
  /** Cuts a member off from all others, both ways, or takes that back. */
  isolate(member: AuthorIndex): void;
  rejoin(member: AuthorIndex): void;
}

const QUEUE_BYTES_MAX = 16 * 1024 * 1024;

/** Makes the place where the transports of one process meet. */
export function createMemoryHub(options: MemoryHubOptions): MemoryHub {
  return new Hub(options);
}

interface Frame {
  readonly link: PairLink;
  readonly from: AuthorIndex;
  readonly to: AuthorIndex;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** One life of the link between two members. */
interface PairLink {
  readonly ends: readonly [MemoryTransport, MemoryTransport];
  alive: boolean;
  /** Bytes on their way, by receiver and channel. */
  readonly queuedBytes: Map<string, number>;
}

class Hub implements MemoryHub {
  readonly #members: number;
  readonly #noticeMs: number;
  readonly #queueBytesMax: number;
  readonly #transports: (MemoryTransport | undefined)[];
  readonly #links = new Map<string, PairLink>();
  readonly #cuts = new Set<string>();
  #frames: Frame[] = [];
  /** Frames that a cut holds up; they go on if it is healed before anybody noticed, else they end with their link. */
  #held: Frame[] = [];
  #delivery: NodeJS.Immediate | undefined;

  constructor({ members, noticeMs = 0, queueBytesMax = QUEUE_BYTES_MAX }: MemoryHubOptions) {
    this.#members = members;
    this.#noticeMs = noticeMs;
    this.#queueBytesMax = queueBytesMax;
    this.#transports = Array.from({ length: members }, () => undefined);
  }

  transport(member: AuthorIndex): Transport {
    invariant(member >= 0 && member < this.#members, () => `member ${member} of ${this.#members}`);
    return new MemoryTransport(member, this);
  }

  cut({ from, to }: { readonly from: AuthorIndex; readonly to: AuthorIndex }): void {
    this.#cuts.add(`${from}>${to}`);
    const link = this.#links.get(pairKey(from, to));
    if (link === undefined) return;
    setTimeout(() => {
      if (this.#isCut(from, to)) this.#end(link);
    }, this.#noticeMs);
  }

  heal({ from, to }: { readonly from: AuthorIndex; readonly to: AuthorIndex }): void {
    this.#cuts.delete(`${from}>${to}`);
    const isFreed = (frame: Frame): boolean => frame.from === from && frame.to === to;
    // They are older than whatever waits now.
    this.#frames.unshift(...this.#held.filter(isFreed));
    this.#held = this.#held.filter((frame) => !isFreed(frame));
    this.#deliverSoon();
    this.#link(from, to);
  }

  isolate(member: AuthorIndex): void {
    for (const other of this.#others(member)) {
      this.cut({ from: member, to: other });
      this.cut({ from: other, to: member });
    }
  }

  rejoin(member: AuthorIndex): void {
    for (const other of this.#others(member)) {
      this.heal({ from: member, to: other });
      this.heal({ from: other, to: member });
    }
  }

  join(transport: MemoryTransport): void {
    invariant(this.#transports[transport.member] === undefined, "the earlier life of this member is not closed");
    this.#transports[transport.member] = transport;
    for (const other of this.#others(transport.member)) this.#link(transport.member, other);
  }

  leave(transport: MemoryTransport): void {
    if (this.#transports[transport.member] !== transport) return;
    this.#transports[transport.member] = undefined;
    for (const other of this.#others(transport.member)) {
      const link = this.#links.get(pairKey(transport.member, other));
      if (link !== undefined) this.#end(link);
    }
  }

  send(from: MemoryTransport, to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    const link = this.#links.get(pairKey(from.member, to));
    if (link === undefined || !link.alive || !from.isUp(to, link)) return;
    const key = `${to} ${channel}`;
    const queued = link.queuedBytes.get(key) ?? 0;
    if (queued > 0 && queued + bytes.length > this.#queueBytesMax) {
      this.#end(link);
      return;
    }
    link.queuedBytes.set(key, queued + bytes.length);
    this.#frames.push({ link, from: from.member, to, channel, bytes });
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    this.#delivery ??= setImmediate(() => {
      this.#delivery = undefined;
      const frames = this.#frames;
      this.#frames = [];
      for (const frame of frames) this.#deliver(frame);
    });
  }

  #deliver(frame: Frame): void {
    const { bytes, channel, from, link, to } = frame;
    if (!link.alive) return;
    if (this.#cuts.has(`${from}>${to}`)) {
      this.#held.push(frame);
      return;
    }
    const key = `${to} ${channel}`;
    link.queuedBytes.set(key, (link.queuedBytes.get(key) ?? 0) - bytes.length);
    link.ends.find(({ member }) => member === to)?.frame(link, from, bytes);
  }

  /** Begins a link where there is none and nothing is in its way. */
  #link(one: AuthorIndex, other: AuthorIndex): void {
    setImmediate(() => {
      const key = pairKey(one, other);
      const ends = [this.#transports[one], this.#transports[other]] as const;
      if (ends[0] === undefined || ends[1] === undefined || this.#links.has(key) || this.#isCut(one, other)) return;
      const link: PairLink = { ends: [ends[0], ends[1]], alive: true, queuedBytes: new Map() };
      this.#links.set(key, link);
      ends[0].up(other, link);
      ends[1].up(one, link);
    });
  }

  #end(link: PairLink): void {
    if (!link.alive) return;
    link.alive = false;
    this.#held = this.#held.filter((frame) => frame.link !== link);
    const [one, other] = link.ends;
    setImmediate(() => {
      one.down(other.member, link);
      other.down(one.member, link);
      this.#links.delete(pairKey(one.member, other.member));
      this.#link(one.member, other.member);
    });
  }

  #isCut(one: AuthorIndex, other: AuthorIndex): boolean {
    return this.#cuts.has(`${one}>${other}`) || this.#cuts.has(`${other}>${one}`);
  }

  #others(member: AuthorIndex): AuthorIndex[] {
    return this.#transports.flatMap((_, index) => (index === member ? [] : [index]));
  }
}

class MemoryTransport implements Transport {
  readonly member: AuthorIndex;
  readonly #hub: Hub;
  readonly #up = new Map<AuthorIndex, PairLink>();
  #events: TransportEvents | undefined;
  #closed = false;

  constructor(member: AuthorIndex, hub: Hub) {
    this.member = member;
    this.#hub = hub;
  }

  async open(events: TransportEvents): Promise<void> {
    invariant(this.#events === undefined, "a transport is opened once");
    this.#events = events;
    if (!this.#closed) this.#hub.join(this);
  }

  send(to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    invariant(
      bytes.length > 0 && bytes.length <= FRAME_BYTES_MAX,
      () => `a frame has 1 to ${FRAME_BYTES_MAX} bytes, not ${bytes.length}`,
    );
    if (!this.#closed) this.#hub.send(this, to, channel, bytes);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#hub.leave(this);
  }

  isUp(peer: AuthorIndex, link: PairLink): boolean {
    return this.#up.get(peer) === link;
  }

  up(peer: AuthorIndex, link: PairLink): void {
    if (this.#closed || !link.alive) return;
    this.#up.set(peer, link);
    this.#events?.up(peer);
  }

  down(peer: AuthorIndex, link: PairLink): void {
    if (this.#closed || this.#up.get(peer) !== link) return;
    this.#up.delete(peer);
    this.#events?.down(peer);
  }

  frame(link: PairLink, from: AuthorIndex, bytes: Uint8Array): void {
    if (this.#closed || this.#up.get(from) !== link) return;
    this.#events?.frame(from, new Uint8Array(bytes));
  }
}

function pairKey(one: AuthorIndex, other: AuthorIndex): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
