// How numbers and byte strings are packed into keys and records. Fixed-width numbers are big-endian, so that their
// order as bytes is their order as numbers; varints are for record bodies, where only size matters.
import { invariant } from "@quorate/core";
import type { ByteString } from "./byte-string.ts";

const U24 = 0x100_0000;

/** Six bytes, big-endian: revisions, generations, milliseconds, counts. */
export function u48(value: number): ByteString {
  const high = Math.floor(value / U24);
  const low = value % U24;
  return String.fromCharCode(high >>> 16, (high >>> 8) & 0xff, high & 0xff, low >>> 16, (low >>> 8) & 0xff, low & 0xff);
}

/** Reads what `u48` wrote at `offset`. */
export function readU48(text: ByteString, offset: number): number {
  const high = (text.charCodeAt(offset) << 16) | (text.charCodeAt(offset + 1) << 8) | text.charCodeAt(offset + 2);
  const low = (text.charCodeAt(offset + 3) << 16) | (text.charCodeAt(offset + 4) << 8) | text.charCodeAt(offset + 5);
  return high * U24 + low;
}

/** The largest number that `u48` holds. */
export const U48_MAX: number = U24 * U24 - 1;

/** Little-endian base 128, for numbers from 0 to 2^53 - 1. */
export function varint(value: number): ByteString {
  if (value < 0x80) return String.fromCharCode(value);
  if (value < 0x4000) return String.fromCharCode((value & 0x7f) | 0x80, value >>> 7);
  let text = "";
  while (value >= 0x80) {
    text += String.fromCharCode((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  return text + String.fromCharCode(value);
}

/** A byte string with its length before it. */
export function sized(text: ByteString): ByteString {
  return varint(text.length) + text;
}

/** Reads a packed record from its start to its end. Records are our own, so a short one is a broken invariant. */
export class Unpacker {
  readonly #text: ByteString;
  #offset: number;

  constructor(text: ByteString, offset = 0) {
    this.#text = text;
    this.#offset = offset;
  }

  get done(): boolean {
    return this.#offset >= this.#text.length;
  }

  byte(): number {
    invariant(this.#offset < this.#text.length, "a record is shorter than its format says");
    return this.#text.charCodeAt(this.#offset++);
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  u48(): number {
    invariant(this.#offset + 6 <= this.#text.length, "a record is shorter than its format says");
    this.#offset += 6;
    return readU48(this.#text, this.#offset - 6);
  }

  sized(): ByteString {
    const length = this.varint();
    invariant(this.#offset + length <= this.#text.length, "a record is shorter than its format says");
    this.#offset += length;
    return this.#text.slice(this.#offset - length, this.#offset);
  }

  rest(): ByteString {
    const start = this.#offset;
    this.#offset = this.#text.length;
    return this.#text.slice(start);
  }
}
