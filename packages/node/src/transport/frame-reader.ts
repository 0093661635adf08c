// Cuts the stream of one connection into frames: four bytes of length, the most significant first, then the frame.
//
// The laws it keeps: a length above the bound is refused before anything is made room for; and each frame is a plain
// array of its own, copied once, because the core keeps views into it for as long as it keeps the blocks.

export const LENGTH_BYTES = 4;

/** The length of a frame above the bound. */
export class Oversize {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }
}

export class FrameReader {
  /** The longest frame that is taken; may change between frames. */
  frameBytesMax: number;
  /** What was fed and not read yet, from `#at` on. */
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The length as far as it came, and how many of its bytes. */
  #length = 0;
  #lengthBytes = 0;
  /** The frame that is being filled. */
  #frame: Uint8Array | undefined;
  #filled = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  feed(chunk: Uint8Array): void {
    if (this.#at === this.#chunk.length) {
      this.#chunk = chunk;
    } else {
      // Only where reading was paused within a chunk.
      const rest = this.#chunk.subarray(this.#at);
      this.#chunk = new Uint8Array(rest.length + chunk.length);
      this.#chunk.set(rest);
      this.#chunk.set(chunk, rest.length);
    }
    this.#at = 0;
  }

  /** The next whole frame, or undefined until more was fed. After an `Oversize` there is no next one. */
  next(): Uint8Array | Oversize | undefined {
    if (this.#frame === undefined) {
      while (this.#lengthBytes < LENGTH_BYTES) {
        const byte = this.#chunk[this.#at];
        if (byte === undefined) return undefined;
        this.#at += 1;
        this.#length = this.#length * 256 + byte;
        this.#lengthBytes += 1;
      }
      if (this.#length > this.frameBytesMax) return new Oversize(this.#length);
      this.#frame = new Uint8Array(this.#length);
      this.#filled = 0;
    }
    const frame = this.#frame;
    const part = Math.min(frame.length - this.#filled, this.#chunk.length - this.#at);
    if (part > 0) frame.set(this.#chunk.subarray(this.#at, this.#at + part), this.#filled);
    this.#at += part;
    this.#filled += part;
    if (this.#filled < frame.length) return undefined;
    this.#frame = undefined;
    this.#length = 0;
    this.#lengthBytes = 0;
    return frame;
  }
}
