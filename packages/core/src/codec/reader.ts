// Reads what a stranger wrote. A reader never throws: its first failure sticks, later reads answer zeros and empty
// bytes, and the decoder looks at `failure` once, at the end.
//
// The law it keeps: a length or a count that stands in the bytes is compared with what remains and with a limit before
// anything is allocated for it, so that a frame can never cost more memory than a small multiple of its own size.
// `granted` counts what was allowed, for the tests that hold the decoders to it.
import { toHex } from "../bytes.ts";
import { ROUND_MAX, type Round } from "../ids.ts";
import { type Rejection, type RejectionCode, reject } from "../rejection.ts";
import { DIGEST_BYTES } from "./block-context.ts";
import { digestText } from "./digest-text.ts";

const EMPTY = new Uint8Array(0);

export class Reader {
  readonly bytes: Uint8Array;
  offset: number = 0;
  /** The first thing that was wrong. */
  failure: Rejection | undefined = undefined;
  /** Entries and bytes that decoders were allowed to make room for. */
  granted: number = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** Records the first failure and moves to the end, where every later read fails at once. Answers 0. */
  fail(code: RejectionCode, facts: Rejection["facts"] = {}): 0 {
    if (this.failure === undefined) this.failure = reject(code, { ...facts, at: this.offset });
    this.offset = this.bytes.length;
    return 0;
  }

  byte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) return this.fail("truncated");
    this.offset += 1;
    return byte;
  }

  /** A byte that must be 0 or 1. */
  flag(): boolean {
    const byte = this.byte();
    if (byte > 1) this.fail("non-canonical", { flag: byte });
    return byte === 1;
  }

  /** A whole number below 2^53: seven bits a byte, low ones first, in the shortest form and no other. */
  varint(): number {
    const { bytes } = this;
    let offset = this.offset;
    let byte = bytes[offset];
    if (byte === undefined) return this.fail("truncated");
    if (byte < 0x80) {
      this.offset = offset + 1;
      return byte;
    }
    let value = byte & 0x7f;
    // Products, not shifts: a shift would cut the number to 32 bits.
    for (let scale = 0x80; scale <= 2 ** 49; scale *= 0x80) {
      offset += 1;
      byte = bytes[offset];
      if (byte === undefined) return this.fail("truncated");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0) return this.fail("non-canonical");
        if (value > Number.MAX_SAFE_INTEGER) return this.fail("bad-number");
        this.offset = offset + 1;
        return value;
      }
    }
    return this.fail("bad-number");
  }

  /** A varint no greater than `max`; beyond it the refusal is `code`. */
  varintUpTo(max: number, code: RejectionCode): number {
    const value = this.varint();
    return value <= max ? value : this.fail(code, { value, max });
  }

  round(): Round {
    return this.varintUpTo(ROUND_MAX, "bad-round");
  }

  /** How many entries follow: no more than `max`, nor than what remains can hold at `entryBytesMin` each. */
  count(max: number, entryBytesMin: number): number {
    const count = this.varint();
    if (count > max) return this.fail("too-large", { count, max });
    if (count * entryBytesMin > this.remaining) return this.fail("truncated", { count, remaining: this.remaining });
    this.granted += count;
    return count;
  }

  /** The next bytes as a view: nothing is copied, so the frame lives as long as any of its views. */
  take(length: number): Uint8Array {
    const { offset } = this;
    if (length > this.bytes.length - offset) {
      this.fail("truncated", { length, remaining: this.remaining });
      return EMPTY;
    }
    this.offset = offset + length;
    return this.bytes.subarray(offset, offset + length);
  }

  /** Bytes behind their length, which may be no more than `max`, as a view. */
  sized(max: number): Uint8Array {
    const length = this.varint();
    if (length > max) {
      this.fail("too-large", { length, max });
      return EMPTY;
    }
    const taken = this.take(length);
    this.granted += taken.length;
    return taken;
  }

  /** So many bytes as lower-case hex. */
  hex(length: number): string {
    const { offset } = this;
    if (length === DIGEST_BYTES && length <= this.remaining) {
      this.offset = offset + length;
      this.granted += 2 * length;
      return digestText(this.bytes, offset);
    }
    const taken = this.take(length);
    this.granted += 2 * taken.length;
    return toHex(taken);
  }

  /** Hex of bytes behind their length. */
  sizedHex(max: number): string {
    const length = this.varint();
    if (length <= max) return this.hex(length);
    this.fail("too-large", { length, max });
    return "";
  }

  /** Asserts that nothing is left. */
  end(): void {
    if (this.failure === undefined && this.remaining > 0) this.fail("trailing-bytes", { count: this.remaining });
  }
}
