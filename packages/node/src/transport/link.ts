// A pair of members is linked by two connections: blocks, and catch-up for bulk, so that votes never queue behind it. The
// link is up while both stand; if one is lost, or falls silent, or is fed more than it can carry, both end.
//
// The laws it keeps: frames are handed over only while the link is up; nothing is told from within `send`; and catch-up
// writes only while nothing of blocks waits.
import { type AuthorIndex, type Channel, FRAME_BYTES_MAX } from "@quorate/core";
import type { PeerCounters } from "./facts.ts";
import { LENGTH_BYTES } from "./frame-reader.ts";
import type { LinkEnd } from "./reasons.ts";
import type { Wire } from "./wire.ts";

export interface LinkOwner {
  up(link: Link): void;
  frame(link: Link, bytes: Uint8Array): void;
  /** Said once, whether or not the link was ever up; never from within `send`. */
  ended(link: Link, end: LinkEnd, detail: string): void;
}

export interface LinkOptions {
  readonly peer: AuthorIndex;
  /** Which attempt of which life of the dialler this is. */
  readonly boot: number;
  readonly attempt: number;
  readonly queueBytesMax: number;
  readonly counters: PeerCounters;
  readonly owner: LinkOwner;
}

export class Link {
  readonly peer: AuthorIndex;
  readonly boot: number;
  readonly attempt: number;
  readonly #options: LinkOptions;
  readonly #wires: { [channel in Channel]?: Wire } = {};
  readonly #formingSince: number = performance.now();
  #up = false;
  #ended = false;

  constructor(options: LinkOptions) {
    this.peer = options.peer;
    this.boot = options.boot;
    this.attempt = options.attempt;
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#up;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  has(channel: Channel): boolean {
    return this.#wires[channel] !== undefined;
  }

  backlogBytes(channel: Channel): number {
    return this.#wires[channel]?.backlogBytes ?? 0;
  }

  /** A connection whose handshake is done and which is paused. With the second one the link is up. */
  add(channel: Channel, wire: Wire): void {
    this.#wires[channel] = wire;
    wire.frameBytesMax = FRAME_BYTES_MAX;
    wire.owner = {
      frame: (bytes) => this.#receive(bytes),
      ended: (end, detail) => this.end(end, `${detail} (${channel})`),
      drained: () => this.#wires["catch-up"]?.flush(),
    };
    const { blocks, "catch-up": catchUp } = this.#wires;
    if (blocks === undefined || catchUp === undefined) return;
    this.#up = true;
    blocks.heardAt = catchUp.heardAt = performance.now();
    this.#options.owner.up(this);
    blocks.resume();
    catchUp.resume();
  }

  /** Queues a frame; what a link that is not up is given is lost. Written by `flush`. */
  send(channel: Channel, bytes: Uint8Array): void {
    const wire = this.#wires[channel];
    if (!this.#up || wire === undefined) return;
    const { counters, queueBytesMax } = this.#options;
    const backlog = wire.backlogBytes;
    if (backlog > 0 && backlog + bytes.length > queueBytesMax) {
      this.endLater("slow", `${backlog} bytes wait for it on ${channel}, more than ${queueBytesMax} may not`);
      return;
    }
    wire.send(bytes);
    counters.framesOut += 1;
    counters.bytesOut += LENGTH_BYTES + bytes.length;
  }

  flush(): void {
    const { blocks, "catch-up": catchUp } = this.#wires;
    blocks?.flush();
    if (blocks?.backlogBytes === 0) catchUp?.flush();
  }

  /** What is due at intervals: says that this side is there, and looks whether the other one is. */
  tick(
    now: number,
    times: { readonly beatMs: number; readonly silenceMs: number; readonly handshakeMs: number },
  ): void {
    if (!this.#up) {
      if (now - this.#formingSince > times.handshakeMs) this.end("timeout", "its second connection did not come");
      return;
    }
    for (const wire of Object.values(this.#wires)) {
      // Half a beat, so that a timer that comes a little early does not skip one.
      wire.beat(now - times.beatMs / 2);
      if (now - wire.heardAt > times.silenceMs) {
        this.end("silent", `nothing was heard for ${Math.round(now - wire.heardAt)} ms`);
        return;
      }
    }
    // However long blocks keep waiting, a laggard gets a little now and then.
    this.#wires["catch-up"]?.flush();
  }

  /** This process was not looking for a while: what was not heard meanwhile is not the peer's silence. */
  forgive(ms: number): void {
    for (const wire of Object.values(this.#wires)) wire.heardAt += ms;
  }

  /** Ends it now, for both sides; its owner is told in a moment, because it may be in the middle of something. */
  endLater(end: LinkEnd, detail: string): void {
    if (this.#ended) return;
    this.#close();
    setImmediate(() => this.#options.owner.ended(this, end, detail));
  }

  /** Ends it in order, with what is queued as last words. Nothing is told. */
  async finish(withinMs: number): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#up = false;
    await Promise.all(Object.values(this.#wires).map((wire) => wire.finish(withinMs)));
  }

  #receive(bytes: Uint8Array): void {
    const { counters, owner } = this.#options;
    counters.framesIn += 1;
    counters.bytesIn += LENGTH_BYTES + bytes.length;
    owner.frame(this, bytes);
  }

  /** Ends it now, for both sides. Not from within `send`. */
  end(end: LinkEnd, detail: string): void {
    if (this.#ended) return;
    this.#close();
    this.#options.owner.ended(this, end, detail);
  }

  #close(): void {
    this.#ended = true;
    this.#up = false;
    for (const wire of Object.values(this.#wires)) wire.reset();
  }
}
