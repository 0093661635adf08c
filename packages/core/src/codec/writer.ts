// Writes canonical bytes: one value, one encoding. What it is given comes from us, so a number that cannot be written
// is a broken invariant and not a refusal.
import { invariant } from "../invariant.ts";

const NO_DIGIT = 16;
/** Value of a lower-case hexadecimal digit, by its character code. */
const DIGITS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(code));
  return value < 0 ? NO_DIGIT : value;
});

export class Writer {
  #bytes: Uint8Array;
  length: number = 0;

  /** `capacity` is a guess; the right one saves a copy. */
  constructor(capacity: number = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Begins again in the same memory: what `written` answered before is outdated. */
  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  flag(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  varint(value: number): void {
    invariant(Number.isSafeInteger(value) && value >= 0, () => `${value} cannot be written as a varint`);
    this.#reserve(8);
    const bytes = this.#bytes;
    while (value >= 0x80) {
      bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    bytes[this.length++] = value;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Bytes behind their length. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** The bytes of lower-case hex. */
  hex(text: string): void {
    const count = text.length >> 1;
    invariant(2 * count === text.length, () => `${text} is not whole bytes of hex`);
    this.#reserve(count);
    const bytes = this.#bytes;
    let seen = 0;
    for (let index = 0; index < count; index++) {
      const high = DIGITS[text.charCodeAt(2 * index)] ?? NO_DIGIT;
      const low = DIGITS[text.charCodeAt(2 * index + 1)] ?? NO_DIGIT;
      seen |= high | low;
      bytes[this.length++] = (high << 4) | low;
    }
    invariant(seen < NO_DIGIT, () => `${text} is not lower-case hexadecimal`);
  }

  /** The bytes of lower-case hex behind their number. */
  sizedHex(text: string): void {
    this.varint(text.length >> 1);
    this.hex(text);
  }

  /** What was written so far, as a view that the next write may outdate. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** What was written, in an array of its own size. */
  finish(): Uint8Array {
    return this.#bytes.length === this.length ? this.#bytes : this.#bytes.slice(0, this.length);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** How many bytes a varint takes. */
export function varintBytes(value: number): number {
  let count = 1;
  for (; value >= 0x80; value = Math.floor(value / 0x80)) count += 1;
  return count;
}
