// Takes requests out of the bytes of a client: arrays of bulk strings, or lines as people type them. Fed with any pieces
// in any split, it gives the same requests.
//
// The laws it keeps: nothing is allocated for what was only announced; every limit is checked before the bytes are
// waited for; after an error it takes nothing more. Words are views of what was received wherever they arrived whole.
import { splitInline } from "./inline-words.ts";

export interface RequestLimits {
  /** Words of one request. */
  readonly wordsMax: number;
  /** Bytes of one request; a word counts some more than its own. */
  readonly requestBytesMax: number;
  /** Bytes of a line as people type it. */
  readonly inlineBytesMax: number;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  wordsMax: 1024 * 1024,
  requestBytesMax: 8 * 1024 * 1024,
  inlineBytesMax: 64 * 1024,
};

/** What Redis grants to those who have not signed in. */
const STRANGER_WORDS_MAX = 10;
const STRANGER_BULK_BYTES_MAX = 16_384;

/** What a word costs besides its bytes. */
const WORD_BYTES = 64;
/** A word longer than this, if it did not arrive whole, gets a buffer of its own instead of being copied with each piece. */
const OWN_BUFFER_BYTES = 16_384;
/** Digits that a length can have at most; Redis's numbers have 64 bits. */
const DIGITS_MAX = 18;

const CR = 0x0d;
const LF = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;
const MINUS = 0x2d;

const NOTHING: Uint8Array = new Uint8Array();

/** What a length is while its line is not there whole, or is no number. */
const INCOMPLETE = -2;
const INVALID = -3;
/** All negative numbers are the same to Redis. */
const NEGATIVE = -1;

export class RequestParser {
  /** Whether somebody signed in, or nobody has to: until then requests have to be small. */
  isTrusted = true;
  /** What was wrong with the bytes, as Redis says it; nothing is taken after that. */
  error: string | undefined;
  readonly #limits: RequestLimits;
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  /** Words of the request at hand that are still to come; 0 between requests. */
  #left = 0;
  #words: Uint8Array[] = [];
  #requestBytes = 0;
  /** Length of the word that comes next; negative while that is not known. */
  #bulk = -1;
  /** A long word (and its line end) as far as it came. */
  #long: Uint8Array | undefined;
  #longFilled = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Bytes that are kept for a request that is not there whole. */
  get heldBytes(): number {
    if (this.error !== undefined) return 0;
    const begun = this.#left > 0 ? this.#requestBytes - Math.max(this.#bulk, 0) : 0;
    return begun + this.#bytes.length - this.#at + (this.#long?.length ?? 0);
  }

  /** Takes a piece. It must not change afterwards. */
  push(piece: Uint8Array): void {
    if (this.error !== undefined) return;
    const rest = this.#long === undefined ? piece : piece.subarray(this.#fill(piece));
    const kept = this.#bytes.length - this.#at;
    this.#bytes = kept === 0 ? rest : Buffer.concat([this.#bytes.subarray(this.#at), rest]);
    this.#at = 0;
  }

  /** The next request, if it is there whole. Never empty. */
  next(): Uint8Array[] | undefined {
    while (this.error === undefined) {
      if (this.#left === 0 && !this.#begin()) return undefined;
      while (this.#left > 0) {
        const word = this.#word();
        if (word === undefined) return undefined;
        this.#words.push(word);
        this.#left--;
      }
      const words = this.#words;
      if (words.length > 0) {
        this.#words = [];
        return words;
      }
    }
    return undefined;
  }

  /** Reads the head of a request, or a whole one that is a line. Answers whether there was one. */
  #begin(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    this.#requestBytes = 0;
    if (this.#bytes[this.#at] !== STAR) return this.#line();
    const count = this.#length();
    if (count === INCOMPLETE) return false;
    if (count === INVALID || count > this.#limits.wordsMax) return this.#fail("invalid multibulk length");
    if (count > STRANGER_WORDS_MAX && !this.isTrusted) return this.#fail("unauthenticated multibulk length");
    this.#left = Math.max(count, 0);
    return true;
  }

  #word(): Uint8Array | undefined {
    if (this.#bulk < 0 && !this.#bulkHead()) return undefined;
    const length = this.#bulk;
    let word: Uint8Array;
    if (this.#long !== undefined) {
      if (this.#longFilled < length + 2) return undefined;
      if (this.#long[length] !== CR || this.#long[length + 1] !== LF) return this.#unended();
      word = this.#long.subarray(0, length);
      this.#long = undefined;
    } else {
      const start = this.#at;
      const end = start + length;
      if (end + 2 > this.#bytes.length) {
        if (length > OWN_BUFFER_BYTES) this.#begins(length);
        return undefined;
      }
      if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF) return this.#unended();
      word = this.#bytes.subarray(start, end);
      this.#at = end + 2;
    }
    this.#bulk = -1;
    return word;
  }

  #bulkHead(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const first = this.#bytes[this.#at]!;
    if (first !== DOLLAR) return this.#fail(`expected '$', got '${String.fromCharCode(first)}'`);
    const length = this.#length();
    if (length === INCOMPLETE) return false;
    if (length < 0 || length > this.#limits.requestBytesMax) return this.#fail("invalid bulk length");
    if (length > STRANGER_BULK_BYTES_MAX && !this.isTrusted) return this.#fail("unauthenticated bulk length");
    this.#requestBytes += length + WORD_BYTES;
    if (this.#requestBytes > this.#limits.requestBytesMax)
      return this.#fail(`a request may have at most ${this.#limits.requestBytesMax} bytes`);
    this.#bulk = length;
    return true;
  }

  /** The number between the byte here and its line's end. The place moves on only when the line is whole. */
  #length(): number {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let value = 0;
    for (; at < bytes.length && bytes[at] !== CR; at++) {
      const digit = bytes[at]! - 0x30;
      // As Redis reads numbers: no sign but minus, no zeros in front.
      if (digit < 0 || digit > 9 || at - first >= DIGITS_MAX || (at > first && value === 0)) return INVALID;
      value = value * 10 + digit;
    }
    if (at + 1 >= bytes.length) return INCOMPLETE;
    if (at === first || bytes[at + 1] !== LF || (isNegative && value === 0)) return INVALID;
    this.#at = at + 2;
    return isNegative ? NEGATIVE : value;
  }

  #line(): boolean {
    const { inlineBytesMax } = this.#limits;
    const end = this.#bytes.indexOf(LF, this.#at);
    if ((end < 0 ? this.#bytes.length : end) - this.#at > inlineBytesMax) return this.#fail("too big inline request");
    if (end < 0) return false;
    const words = splitInline(this.#bytes.subarray(this.#at, end));
    if (words === undefined) return this.#fail("unbalanced quotes in request");
    this.#at = end + 1;
    this.#words = words;
    return true;
  }

  /** A long word did not arrive whole: what is there moves to a buffer of its own. */
  #begins(length: number): void {
    const here = this.#bytes.subarray(this.#at);
    this.#long = Buffer.allocUnsafe(Math.min(length + 2, Math.max(2 * here.length, OWN_BUFFER_BYTES)));
    this.#long.set(here);
    this.#longFilled = here.length;
    this.#bytes = NOTHING;
    this.#at = 0;
  }

  /** Adds to the long word; answers how many bytes of the piece were its. The buffer grows with what came, not with what was announced. */
  #fill(piece: Uint8Array): number {
    const end = this.#bulk + 2;
    const taken = Math.min(end - this.#longFilled, piece.length);
    const filled = this.#longFilled + taken;
    let long = this.#long!;
    if (filled > long.length) {
      const larger = Buffer.allocUnsafe(Math.min(end, 2 * filled));
      larger.set(long.subarray(0, this.#longFilled));
      long = larger;
    }
    long.set(piece.subarray(0, taken), this.#longFilled);
    this.#long = long;
    this.#longFilled = filled;
    return taken;
  }

  #unended(): undefined {
    this.#fail("expected a line end after a bulk string");
  }

  #fail(what: string): false {
    this.error = `Protocol error: ${what}`;
    this.#bytes = NOTHING;
    this.#at = 0;
    this.#words = [];
    this.#long = undefined;
    return false;
  }
}
