// Checks signatures off the event loop. The core asks for them synchronously, in the middle of a step; so a frame waits
// here while libuv's threads check what stands in it, and the core's question is then answered from memory.
//
// The laws it keeps: the frames of a peer come out in the order in which they came in; only a check that succeeded is
// remembered, under everything that it was about; and what waits or is remembered is bounded: beyond the bound frames go
// through unchecked, which costs the loop time but no memory, and the core checks them itself.
//
// Not used unless asked for. A block is decoded twice and its check crosses threads: about half as much processor time
// again for each block, and some tenths of a millisecond on the way of every vote. In return the loop has half the work
// with small blocks, and no less with blocks of 16 KiB. That pays where a member has cores to spare and thousands of
// blocks a second to check, and nowhere else.
import { type KeyObject, verify } from "node:crypto";
import {
  type AuthorIndex,
  type BlockContext,
  type Crypto,
  decodeBlock,
  decodeMessage,
  isRejection,
  type Message,
  SIGNATURE_BYTES,
  type Transport,
  type TransportEvents,
} from "@quorate/core";
import { importKeys } from "./node-crypto.ts";

export interface PreVerifierOptions extends BlockContext {
  readonly publicKeys: readonly Uint8Array[];
  /** Checks under way at once. The threads are also those of file syncs, which must not queue behind many of them. */
  readonly checksMax?: number;
  /** Bytes of one peer's frames that may wait. */
  readonly waitingBytesMax?: number;
}

export interface PreVerifier {
  /** For the core: answers from memory what was checked before. */
  readonly crypto: Crypto;
  /** The same transport, with frames that come when their signatures are checked. */
  wrap(transport: Transport): Transport;
}

/** Checks that succeeded and were not asked for yet; more than any frame that waits can hold. */
const REMEMBERED_MAX = 16_384;

interface Check {
  readonly author: AuthorIndex;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** The frames of one peer, in order, over the link that stands. */
interface Line {
  readonly frames: Waiting[];
  bytes: number;
}

interface Waiting {
  readonly frame: Uint8Array;
  unchecked: number;
  /** Handed on already: its checks are no longer wanted. */
  gone: boolean;
}

interface Pending {
  readonly check: Check;
  readonly waiting: Waiting;
  readonly done: () => void;
}

export function createPreVerifier(options: PreVerifierOptions): PreVerifier {
  return new PoolVerifier(options);
}

class PoolVerifier implements PreVerifier {
  readonly crypto: Crypto;
  readonly #keys: readonly (KeyObject | undefined)[];
  readonly #good = new Set<string>();
  readonly #options: PreVerifierOptions;
  readonly #queue: Pending[] = [];
  #running = 0;

  constructor(options: PreVerifierOptions) {
    const { crypto } = options;
    this.#options = options;
    this.#keys = importKeys(options.publicKeys);
    this.crypto = {
      ...crypto,
      // Asked once a block: what was answered is forgotten.
      verify: (author, bytes, signature) =>
        this.#good.delete(nameOf({ author, bytes, signature })) || crypto.verify(author, bytes, signature),
    };
  }

  wrap(transport: Transport): Transport {
    const { waitingBytesMax = 8 * 1024 * 1024 } = this.#options;
    return {
      open: (events) => transport.open(new Gate(this, events, waitingBytesMax)),
      send: (to, channel, bytes) => transport.send(to, channel, bytes),
      close: () => transport.close(),
    };
  }

  /** Every signature that the core will ask about when it gets this frame. */
  checksIn(frame: Uint8Array): readonly Check[] {
    const message = decodeMessage(frame, this.#options);
    if (isRejection(message)) return [];
    const checks: Check[] = [];
    // The decoder itself says what it would ask, so that both can never differ.
    const crypto: Crypto = {
      ...this.#options.crypto,
      verify: (author, bytes, signature) => checks.push({ author, bytes, signature }) > 0,
    };
    for (const block of blocksIn(message)) decodeBlock(block, { ...this.#options, crypto });
    return checks;
  }

  check(pending: Pending): void {
    this.#queue.push(pending);
    this.#run();
  }

  #run(): void {
    const { checksMax = 2 } = this.#options;
    while (this.#running < checksMax) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const { check, done, waiting } = next;
      if (waiting.gone) continue;
      const key = this.#keys[check.author];
      if (key === undefined || check.signature.length !== SIGNATURE_BYTES) {
        done();
        continue;
      }
      this.#running += 1;
      verify(null, check.bytes, key, check.signature, (error, good) => {
        this.#running -= 1;
        if (error === null && good && !waiting.gone) this.#remember(check);
        done();
        this.#run();
      });
    }
  }

  #remember(check: Check): void {
    if (this.#good.size >= REMEMBERED_MAX) {
      const [oldest] = this.#good;
      if (oldest !== undefined) this.#good.delete(oldest);
    }
    this.#good.add(nameOf(check));
  }
}

/** Holds back frames until they are checked. */
class Gate implements TransportEvents {
  readonly #verifier: PoolVerifier;
  readonly #events: TransportEvents;
  readonly #waitingBytesMax: number;
  readonly #waiting = new Map<AuthorIndex, Line>();

  constructor(verifier: PoolVerifier, events: TransportEvents, waitingBytesMax: number) {
    this.#verifier = verifier;
    this.#events = events;
    this.#waitingBytesMax = waitingBytesMax;
  }

  up(peer: AuthorIndex): void {
    this.#waiting.set(peer, { frames: [], bytes: 0 });
    this.#events.up(peer);
  }

  down(peer: AuthorIndex): void {
    for (const waiting of this.#waiting.get(peer)?.frames ?? []) waiting.gone = true;
    this.#waiting.delete(peer);
    this.#events.down(peer);
  }

  frame(from: AuthorIndex, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(from);
    if (waiting === undefined) return;
    const checks = this.#verifier.checksIn(bytes);
    const entry: Waiting = { frame: bytes, unchecked: checks.length, gone: false };
    waiting.frames.push(entry);
    waiting.bytes += bytes.length;
    const done = (): void => {
      entry.unchecked -= 1;
      this.#release(from, waiting);
    };
    for (const check of checks) this.#verifier.check({ check, waiting: entry, done });
    this.#release(from, waiting);
  }

  /** Hands on the frames whose turn has come, and those that must not wait any longer. */
  #release(from: AuthorIndex, waiting: Line): void {
    while (this.#waiting.get(from) === waiting) {
      const [first] = waiting.frames;
      if (first === undefined || (first.unchecked > 0 && waiting.bytes <= this.#waitingBytesMax)) return;
      waiting.frames.shift();
      first.gone = true;
      waiting.bytes -= first.frame.length;
      this.#events.frame(from, first.frame);
    }
  }
}

/** The blocks that a message carries; empty bytes stand for genesis. */
function blocksIn(message: Message): readonly Uint8Array[] {
  switch (message.kind) {
    case "blocks":
      return message.blocks;
    case "frontier":
    case "recovery":
      return message.head.length > 0 ? [message.head] : [];
    default:
      return [];
  }
}

/** All that a check is about, as a string: nothing else has the same name. */
function nameOf({ author, bytes, signature }: Check): string {
  return `${author} ${binary(bytes)} ${binary(signature)}`;
}

function binary({ buffer, byteLength, byteOffset }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
