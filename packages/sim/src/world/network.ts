// The links between members, as authenticated streams: frames of one channel to one peer arrive in order or not at all,
// and both ends are told, sooner or later, when a link comes up or breaks. A cut that nobody noticed loses nothing: the
// stream goes on where it stood. A cut that was noticed loses whatever was on the way.
//
// Faults that no stream has (loss, duplicates, overtaking) can be switched on by link: the core must bear them too, for a
// peer that restarts, or lies, looks just like that.
import type { AuthorIndex, Channel, Millis } from "@quorate/core";
import type { Rng } from "../rng.ts";
import { type DelayModel, drawDelay, longDelay } from "./delays.ts";
import { gist, MARK, type Trace } from "./trace.ts";

/** Whoever sits at the end of links: an honest process or an adversary. */
export interface Endpoint {
  frame(from: AuthorIndex, bytes: Uint8Array): void;
  peerUp(peer: AuthorIndex): void;
  peerDown(peer: AuthorIndex): void;
}

/** What the network needs of the world. */
export interface NetworkHost {
  readonly now: Millis;
  readonly trace: Trace;
  at(time: Millis, run: () => void): void;
  after(delay: Millis, run: () => void): void;
}

export interface NetworkOptions {
  readonly members: number;
  readonly delays: DelayModel;
  /** How long after a cut an end notices it, at least and at most. */
  readonly noticeMs: readonly [Millis, Millis];
  /** Bytes a member can send in a millisecond; left out: any number. */
  readonly bytesPerMs?: number;
}

/** What may happen to a single frame on a link. Shares of frames. */
export interface FrameFaults {
  readonly loss: number;
  readonly duplicate: number;
  /** Frames that take a way of their own and may overtake or be overtaken. */
  readonly reorder: number;
}

const NO_FRAME_FAULTS: FrameFaults = { loss: 0, duplicate: 0, reorder: 0 };

/** One direction of a link. */
interface Way {
  readonly from: AuthorIndex;
  readonly to: AuthorIndex;
  cut: boolean;
  /** Nothing passes, and no end ever notices: the network is merely late. */
  held: boolean;
  /** Nothing passes from here on, and it is lost; no end ever notices. */
  muted: boolean;
  faults: FrameFaults;
  /** Frames that wait for the cut to end. */
  readonly waiting: { readonly bytes: Uint8Array; readonly connection: number }[];
  /** When the last frame arrives, by channel. */
  readonly lastArrival: Record<Channel, Millis>;
}

/** A pair of members and the stream between them. */
interface Pair {
  readonly low: AuthorIndex;
  readonly high: AuthorIndex;
  /** Number of the stream; frames of an earlier one are never delivered. */
  connection: number;
  connected: boolean;
  /** Changes whenever the pair's situation does: what was planned for an earlier one lapses. */
  situation: number;
  /** Whether each end believes that it has a link. */
  lowUp: boolean;
  highUp: boolean;
}

export class Network {
  readonly #host: NetworkHost;
  readonly #options: NetworkOptions;
  readonly #rng: Rng;
  readonly #endpoints: (Endpoint | undefined)[];
  readonly #ways: Way[] = [];
  readonly #pairs: Pair[] = [];
  readonly #factor: number[];
  readonly #egressFreeAt: Millis[];
  frames = 0;
  bytes = 0;
  lost = 0;

  constructor(host: NetworkHost, options: NetworkOptions, rng: Rng) {
    this.#host = host;
    this.#options = options;
    this.#rng = rng;
    const { members } = options;
    this.#endpoints = Array.from({ length: members }, () => undefined);
    this.#factor = Array.from({ length: members }, () => 1);
    this.#egressFreeAt = Array.from({ length: members }, () => 0);
    for (let from = 0; from < members; from++) {
      for (let to = 0; to < members; to++) {
        this.#ways.push({
          from,
          to,
          cut: false,
          held: false,
          muted: false,
          faults: NO_FRAME_FAULTS,
          waiting: [],
          lastArrival: { blocks: 0, "catch-up": 0 },
        });
        const [low, high] = from < to ? [from, to] : [to, from];
        this.#pairs.push(
          from <= to
            ? { low, high, connection: 0, connected: false, situation: 0, lowUp: false, highUp: false }
            : this.#pairs[low * members + high]!,
        );
      }
    }
  }

  /** A delay that a frame almost never exceeds while nothing is wrong. */
  get longDelay(): Millis {
    return longDelay(this.#options.delays);
  }

  /** A member begins to listen: links to it form. */
  join(member: AuthorIndex, endpoint: Endpoint): void {
    this.#endpoints[member] = endpoint;
    for (const pair of this.#pairsOf(member)) this.#reconsider(pair);
  }

  /** A member stops. `silently`: its peers must notice by themselves, as when power fails; else the streams are reset. */
  leave(member: AuthorIndex, silently: boolean): void {
    this.#endpoints[member] = undefined;
    for (const pair of this.#pairsOf(member)) {
      const other = pair.low === member ? pair.high : pair.low;
      this.#setUp(pair, member, false);
      this.#disconnect(pair);
      if (silently) this.#noticeLater(pair, other);
      else this.#noticeAfter(pair, other, this.#delay(member, other));
    }
  }

  /** Puts a frame on its way. */
  send(from: AuthorIndex, to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    if (from === to) return;
    const pair = this.#pair(from, to);
    const way = this.#way(from, to);
    this.frames += 1;
    this.bytes += bytes.length;
    if (!pair.connected || way.muted) {
      this.#lose(way, bytes, "no link");
      return;
    }
    const { faults } = way;
    if (faults === NO_FRAME_FAULTS) {
      this.#deliver(way, bytes, pair.connection, this.#arrival(way, channel, bytes, true));
      return;
    }
    if (this.#rng.chance(faults.loss)) {
      this.#lose(way, bytes, "lost");
      return;
    }
    const inOrder = !this.#rng.chance(faults.reorder);
    this.#deliver(way, bytes, pair.connection, this.#arrival(way, channel, bytes, inOrder));
    if (this.#rng.chance(faults.duplicate)) {
      this.#deliver(way, bytes, pair.connection, this.#arrival(way, channel, bytes, false));
    }
  }

  /**
   * Nothing passes in this direction until `mend`; both ends notice after a while. Like all that follow it answers whether
   * that changed anything.
   */
  cut(from: AuthorIndex, to: AuthorIndex): boolean {
    const way = this.#way(from, to);
    if (way.cut) return false;
    way.cut = true;
    const pair = this.#pair(from, to);
    pair.situation += 1;
    if (!pair.connected) return true;
    this.#noticeLater(pair, pair.low);
    this.#noticeLater(pair, pair.high);
    return true;
  }

  mend(from: AuthorIndex, to: AuthorIndex): boolean {
    const way = this.#way(from, to);
    if (!way.cut) return false;
    way.cut = false;
    const pair = this.#pair(from, to);
    pair.situation += 1;
    // An end that is still to notice the other direction's cut goes on waiting for that.
    if (pair.connected && this.#isCut(pair)) {
      this.#noticeLater(pair, pair.low);
      this.#noticeLater(pair, pair.high);
    }
    this.#flush(way);
    this.#reconsider(pair);
    return true;
  }

  /** Delays everything in this direction until `release`; nobody notices and nothing is lost. */
  hold(from: AuthorIndex, to: AuthorIndex): boolean {
    return turn(this.#way(from, to), "held", true);
  }

  release(from: AuthorIndex, to: AuthorIndex): boolean {
    const way = this.#way(from, to);
    const changed = turn(way, "held", false);
    this.#flush(way);
    return changed;
  }

  /** Loses everything in this direction until `unmute`; nobody notices. */
  mute(from: AuthorIndex, to: AuthorIndex): boolean {
    return turn(this.#way(from, to), "muted", true);
  }

  unmute(from: AuthorIndex, to: AuthorIndex): boolean {
    return turn(this.#way(from, to), "muted", false);
  }

  /** Frames in this direction may be lost, doubled or overtaken. */
  spoil(from: AuthorIndex, to: AuthorIndex, faults: FrameFaults | undefined): boolean {
    const way = this.#way(from, to);
    const before = way.faults;
    way.faults = faults ?? NO_FRAME_FAULTS;
    return way.faults !== before;
  }

  /** Frames from and to a member take that many times as long. */
  slow(member: AuthorIndex, factor: number): void {
    this.#factor[member] = factor;
  }

  /** Ends every fault of every link. */
  heal(): void {
    const { members } = this.#options;
    for (let from = 0; from < members; from++) {
      this.slow(from, 1);
      for (let to = 0; to < members; to++) {
        if (from === to) continue;
        this.mend(from, to);
        this.release(from, to);
        this.unmute(from, to);
        this.spoil(from, to, undefined);
      }
    }
  }

  /** Whether both ends of a link know that it works. */
  isLinked(left: AuthorIndex, right: AuthorIndex): boolean {
    const pair = this.#pair(left, right);
    return pair.connected && pair.lowUp && pair.highUp;
  }

  #deliver(way: Way, bytes: Uint8Array, connection: number, at: Millis): void {
    this.#host.at(at, () => this.#arrive(way, bytes, connection));
  }

  #arrive(way: Way, bytes: Uint8Array, connection: number): void {
    const pair = this.#pair(way.from, way.to);
    if (connection !== pair.connection) {
      this.#lose(way, bytes, "stale");
      return;
    }
    if (way.cut || way.held) {
      way.waiting.push({ bytes, connection });
      return;
    }
    // A stream that its sender closed still delivers what was on the way, until this end learns of it.
    const knows = way.to === pair.low ? pair.lowUp : pair.highUp;
    const endpoint = this.#endpoints[way.to];
    if (!knows || endpoint === undefined) {
      this.#lose(way, bytes, "nobody there");
      return;
    }
    this.#host.trace.mark(MARK.frame, way.from * 128 + way.to, bytes.length, gist(bytes));
    endpoint.frame(way.from, bytes);
  }

  /** Delivers what waited, in order. */
  #flush(way: Way): void {
    if (way.cut || way.held) return;
    const waiting = way.waiting.splice(0);
    for (const { bytes, connection } of waiting) this.#arrive(way, bytes, connection);
  }

  #arrival(way: Way, channel: Channel, bytes: Uint8Array, inOrder: boolean): Millis {
    const { bytesPerMs } = this.#options;
    let leaves = this.#host.now;
    if (bytesPerMs !== undefined) {
      leaves = Math.max(leaves, this.#egressFreeAt[way.from] ?? 0) + bytes.length / bytesPerMs;
      this.#egressFreeAt[way.from] = leaves;
    }
    const delay = this.#delay(way.from, way.to);
    // What takes a way of its own may be much later than its stream.
    if (!inOrder) return leaves + delay * (1 + 4 * this.#rng.next());
    const arrival = Math.max(way.lastArrival[channel], leaves + delay);
    way.lastArrival[channel] = arrival;
    return arrival;
  }

  #delay(from: AuthorIndex, to: AuthorIndex): Millis {
    const factor = Math.max(this.#factor[from] ?? 1, this.#factor[to] ?? 1);
    return drawDelay(this.#options.delays, from, to, this.#rng) * factor;
  }

  /** Lets the pair connect if it can. */
  #reconsider(pair: Pair): void {
    if (pair.connected || this.#isCut(pair) || !this.#bothThere(pair)) return;
    pair.situation += 1;
    const { situation } = pair;
    // A handshake is three ways long.
    const wait = 3 * this.#delay(pair.low, pair.high);
    this.#host.after(wait, () => {
      if (pair.situation !== situation || pair.connected || this.#isCut(pair) || !this.#bothThere(pair)) return;
      pair.connected = true;
      pair.connection += 1;
      this.#host.trace.mark(MARK.link, pair.low * 128 + pair.high, pair.connection, 1);
      for (const way of [this.#way(pair.low, pair.high), this.#way(pair.high, pair.low)]) {
        way.waiting.length = 0;
        way.lastArrival.blocks = this.#host.now;
        way.lastArrival["catch-up"] = this.#host.now;
      }
      // An end that never noticed the break learns of it now, from the new stream.
      this.#setUp(pair, pair.low, false);
      this.#setUp(pair, pair.high, false);
      this.#setUp(pair, pair.low, true);
      this.#setUp(pair, pair.high, true);
    });
  }

  #disconnect(pair: Pair): void {
    pair.situation += 1;
    if (!pair.connected) return;
    pair.connected = false;
    this.#host.trace.mark(MARK.link, pair.low * 128 + pair.high, pair.connection, 0);
  }

  #noticeLater(pair: Pair, end: AuthorIndex): void {
    const [least, most] = this.#options.noticeMs;
    this.#noticeAfter(pair, end, least + (most - least) * this.#rng.next());
  }

  #noticeAfter(pair: Pair, end: AuthorIndex, wait: Millis): void {
    const { situation, connection } = pair;
    this.#host.after(wait, () => {
      // A new stream told this end already; a cut that ended in time is never noticed.
      if (pair.connection !== connection || (pair.connected && pair.situation !== situation)) return;
      this.#disconnect(pair);
      this.#setUp(pair, end, false);
      this.#reconsider(pair);
    });
  }

  #setUp(pair: Pair, end: AuthorIndex, up: boolean): void {
    const was = end === pair.low ? pair.lowUp : pair.highUp;
    if (was === up) return;
    if (end === pair.low) pair.lowUp = up;
    else pair.highUp = up;
    const other = end === pair.low ? pair.high : pair.low;
    const endpoint = this.#endpoints[end];
    if (endpoint === undefined) return;
    if (up) endpoint.peerUp(other);
    else endpoint.peerDown(other);
  }

  #lose(way: Way, bytes: Uint8Array, why: string): void {
    this.lost += 1;
    const { trace } = this.#host;
    trace.mark(MARK.lost, way.from * 128 + way.to, bytes.length, 0);
    if (trace.sink !== undefined) trace.line(`${way.from}→${way.to}`, `frame of ${bytes.length} bytes: ${why}`);
  }

  #isCut(pair: Pair): boolean {
    return this.#way(pair.low, pair.high).cut || this.#way(pair.high, pair.low).cut;
  }

  #bothThere(pair: Pair): boolean {
    return this.#endpoints[pair.low] !== undefined && this.#endpoints[pair.high] !== undefined;
  }

  #way(from: AuthorIndex, to: AuthorIndex): Way {
    return this.#ways[from * this.#options.members + to]!;
  }

  #pair(left: AuthorIndex, right: AuthorIndex): Pair {
    return this.#pairs[left * this.#options.members + right]!;
  }

  #pairsOf(member: AuthorIndex): Pair[] {
    const others = Array.from({ length: this.#options.members }, (_, other) => other).filter((o) => o !== member);
    return others.map((other) => this.#pair(member, other));
  }
}

/** Answers whether it was otherwise before. */
function turn(way: Way, what: "held" | "muted", on: boolean): boolean {
  const changed = way[what] !== on;
  way[what] = on;
  return changed;
}
