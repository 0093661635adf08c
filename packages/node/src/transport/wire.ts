// One connection inside TLS, as frames both ways. It knows nothing of handshakes, channels or links: its owner says what
// becomes of frames and of its end.
//
// Writing: frames queue here until `flush`; then one buffer goes to the socket, and the next only when that one was taken.
// So a turn costs one write, whatever it sent, and what waits for a slow peer waits here, where it is counted.
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { FrameReader, LENGTH_BYTES, Oversize } from "./frame-reader.ts";
import type { LinkEnd } from "./reasons.ts";

export type WireEnd = Extract<LinkEnd, "closed" | "failed" | "oversize">;

export interface WireOwner {
  frame(bytes: Uint8Array): void;
  /** Said once, and not when the owner itself ended it. */
  ended(end: WireEnd, detail: string): void;
  /** The socket took what it was given, and nothing waits. */
  drained(): void;
}

/** The most that one write takes, unless a single frame is larger: what is encrypted in one go stops the loop. */
const WRITE_BYTES = 256 * 1024;

/** A frame of no bytes: says that its sender is there, and is handed to nobody. */
const BEAT = Buffer.alloc(LENGTH_BYTES);

export class Wire {
  owner: WireOwner;
  /** Monotonic milliseconds when something was last heard, and said. */
  heardAt: number = performance.now();
  saidAt: number = performance.now();
  readonly #raw: Socket;
  readonly #socket: TLSSocket;
  readonly #reader: FrameReader;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writingBytes = 0;
  #paused = false;
  #ended = false;

  /** `socket` is TLS over `raw`, its handshake done; `raw` is there because only it can be reset. */
  constructor(raw: Socket, socket: TLSSocket, frameBytesMax: number, owner: WireOwner) {
    this.#raw = raw;
    this.#socket = socket;
    this.#reader = new FrameReader(frameBytesMax);
    this.owner = owner;
    socket.on("data", (chunk: Uint8Array) => {
      if (this.#ended) return;
      this.heardAt = performance.now();
      this.#reader.feed(chunk);
      this.#read();
    });
    // Nobody speaks on half a connection here.
    socket.on("end", () => this.#end("closed", "the other side closed the connection"));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#end("failed", error.code ?? error.message));
    socket.on("close", () => this.#end("closed", "the connection was closed"));
  }

  /** Bytes that wait, or that the socket has not taken yet. */
  get backlogBytes(): number {
    return this.#queuedBytes + this.#writingBytes;
  }

  set frameBytesMax(max: number) {
    this.#reader.frameBytesMax = max;
  }

  /** Queues a frame. The bytes must not change any more. */
  send(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.push(bytes);
    this.#queuedBytes += LENGTH_BYTES + bytes.length;
  }

  /** Gives the socket what is queued, unless it still has something. */
  flush(): void {
    if (this.#writingBytes > 0 || this.#queue.length === 0 || this.#ended) return;
    this.#write(this.#take());
  }

  /** Says that this side is there, if nothing else has said it since. */
  beat(since: number): void {
    if (this.#ended || this.backlogBytes > 0 || this.saidAt > since) return;
    this.#write(BEAT);
  }

  /** No more frames until `resume`; what arrives waits in the socket. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    this.#read();
    if (!this.#paused && !this.#ended) this.#socket.resume();
  }

  /** Writes what is queued as last words and closes in order, or at least within that time. Nothing is told. */
  finish(withinMs: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#ended = true;
    if (this.#queue.length > 0) this.#socket.write(this.#take(Number.POSITIVE_INFINITY));
    this.#socket.end();
    // What the other side still says is of no interest, but it must be taken for its end to be seen.
    this.#socket.resume();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#destroy(), withinMs);
      this.#raw.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Ends it at once, also for the other side: a reset gets through where a queue would hold back an orderly end. */
  reset(): void {
    this.#ended = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#destroy();
  }

  #read(): void {
    while (!this.#paused && !this.#ended) {
      const frame = this.#reader.next();
      if (frame === undefined) return;
      if (frame instanceof Oversize) {
        this.#end(
          "oversize",
          `a frame of ${frame.length} bytes was announced, ${this.#reader.frameBytesMax} are allowed`,
        );
      } else if (frame.length > 0) {
        this.owner.frame(frame);
      }
    }
  }

  /** Whole frames from the queue in one buffer: joining them costs less than handing them to the socket one by one. */
  #take(bytesMax: number = WRITE_BYTES): Buffer {
    let count = 0;
    let size = 0;
    do size += LENGTH_BYTES + this.#queue[count++]!.length;
    while (count < this.#queue.length && size + LENGTH_BYTES + this.#queue[count]!.length <= bytesMax);
    const buffer = Buffer.allocUnsafe(size);
    let at = 0;
    for (const frame of count === this.#queue.length ? this.#queue : this.#queue.slice(0, count)) {
      at = buffer.writeUInt32BE(frame.length, at);
      buffer.set(frame, at);
      at += frame.length;
    }
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count);
    this.#queuedBytes -= size;
    return buffer;
  }

  #write(buffer: Buffer): void {
    this.saidAt = performance.now();
    this.#writingBytes = buffer.length;
    this.#socket.write(buffer, (error) => {
      this.#writingBytes = 0;
      // What is wrong is told by the socket's own events.
      if (error != null || this.#ended) return;
      if (this.#queue.length > 0) this.flush();
      else this.owner.drained();
    });
  }

  #end(end: WireEnd, detail: string): void {
    if (this.#ended) return;
    this.reset();
    this.owner.ended(end, detail);
  }

  #destroy(): void {
    // The raw socket first: destroying TLS over it would close it in order.
    if (!this.#raw.destroyed) this.#raw.resetAndDestroy();
    this.#socket.destroy();
  }
}
