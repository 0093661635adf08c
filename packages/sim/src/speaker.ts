// One member in the conformance suite of transports: says numbered frames, and notes whatever is told to it that should
// not be. What it finds wrong is kept and thrown by the check, since an event has nobody to throw to.
import type { AuthorIndex, Channel, Transport, TransportEvents } from "@quorate/core";

/** What a frame begins with: who says it, in which of its links, on which channel, and the how manieth it is. */
const HEAD_BYTES = 12;

interface Peer {
  /** Its own among all links of all lives of this member: frames of two links can never be confused. */
  readonly link: number;
  readonly said: Record<Channel, number>;
  readonly heard: Record<Channel, number>;
  /** The number that the other side gave this link. */
  theirs: number | undefined;
}

export class Speaker implements TransportEvents {
  readonly member: AuthorIndex;
  readonly transport: Transport;
  readonly peersUp: Map<AuthorIndex, Peer> = new Map();
  /** "up 1", "down 1", as it was told. */
  readonly told: string[] = [];
  readonly failures: string[] = [];
  onFrame: (bytes: Uint8Array) => void = () => {};
  /** Gets the frames as they are, where a check sends its own. */
  onRaw: ((bytes: Uint8Array) => void) | undefined;
  readonly #life: number;
  #links = 0;
  #closed = false;
  #calling = false;

  /** Lives of one member have different numbers. */
  constructor(member: AuthorIndex, life: number, transport: Transport) {
    this.member = member;
    this.#life = life;
    this.transport = transport;
  }

  async open(): Promise<void> {
    this.#calling = true;
    const opened = this.transport.open(this);
    this.#calling = false;
    await opened;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.transport.close();
  }

  /** Says a frame of about that many bytes. */
  say(to: AuthorIndex, channel: Channel, length: number): void {
    const peer = this.peersUp.get(to);
    if (peer === undefined) return;
    const bytes = new Uint8Array(Math.max(length, HEAD_BYTES));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, this.member);
    view.setUint32(2, peer.link);
    view.setUint16(6, channel === "blocks" ? 0 : 1);
    view.setUint32(8, peer.said[channel]);
    fill(bytes);
    peer.said[channel] += 1;
    this.#calling = true;
    this.transport.send(to, channel, bytes);
    this.#calling = false;
  }

  /** Says a frame to everybody with a link; the same bytes where nothing differs but the link. */
  broadcast(channel: Channel, length: number): void {
    for (const peer of this.peersUp.keys()) this.say(peer, channel, length);
  }

  /** Frames said to a peer, or heard from it, over the link that stands now. */
  said(to: AuthorIndex, channel: Channel): number {
    return this.peersUp.get(to)?.said[channel] ?? 0;
  }

  heard(from: AuthorIndex, channel: Channel): number {
    return this.peersUp.get(from)?.heard[channel] ?? 0;
  }

  up(peer: AuthorIndex): void {
    this.#told(`up ${peer}`);
    if (this.peersUp.has(peer)) this.#wrong(`up ${peer} was told twice in a row`);
    this.peersUp.set(peer, {
      link: this.#life * 65_536 + this.#links++,
      said: { blocks: 0, "catch-up": 0 },
      heard: { blocks: 0, "catch-up": 0 },
      theirs: undefined,
    });
  }

  down(peer: AuthorIndex): void {
    this.#told(`down ${peer}`);
    if (!this.peersUp.delete(peer)) this.#wrong(`down ${peer} was told without an up`);
  }

  frame(from: AuthorIndex, bytes: Uint8Array): void {
    if (this.#closed) this.#wrong(`a frame from ${from} came after close`);
    if (this.#calling) this.#wrong(`a frame from ${from} came within a call`);
    const peer = this.peersUp.get(from);
    if (peer === undefined) this.#wrong(`a frame came from ${from}, which is not up`);
    else if (this.onRaw !== undefined) this.onRaw(bytes);
    else this.#judge(from, peer, bytes);
  }

  #judge(from: AuthorIndex, peer: Peer, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const channel: Channel = view.getUint16(6) === 0 ? "blocks" : "catch-up";
    const link = view.getUint32(2);
    const number = view.getUint32(8);
    peer.theirs ??= link;
    if (view.getUint16(0) !== from) this.#wrong(`a frame of ${view.getUint16(0)} came as one of ${from}`);
    if (link !== peer.theirs) this.#wrong(`a frame from ${from} belongs to another link than those before it`);
    if (number !== peer.heard[channel]) {
      this.#wrong(`frame ${number} from ${from} on ${channel} came in the place of ${peer.heard[channel]}`);
    }
    if (!isFilled(bytes)) this.#wrong(`frame ${number} from ${from} on ${channel} is not what was sent`);
    peer.heard[channel] += 1;
    this.onFrame(bytes);
  }

  #told(what: string): void {
    this.told.push(what);
    if (this.#closed) this.#wrong(`${what} was told after close`);
    if (this.#calling) this.#wrong(`${what} was told from within a call`);
  }

  #wrong(what: string): void {
    this.failures.push(`member ${this.member}: ${what}`);
  }
}

/** Fills what follows the head with bytes that depend on it. */
function fill(bytes: Uint8Array): void {
  const salt = bytes[11]! + bytes[0]! * 7;
  for (let index = HEAD_BYTES; index < bytes.length; index++) bytes[index] = (salt + index * 13 + (index >> 8)) & 255;
}

function isFilled(bytes: Uint8Array): boolean {
  const salt = bytes[11]! + bytes[0]! * 7;
  for (let index = HEAD_BYTES; index < bytes.length; index++) {
    if (bytes[index] !== ((salt + index * 13 + (index >> 8)) & 255)) return false;
  }
  return true;
}
