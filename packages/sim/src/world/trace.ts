// What happened in a run, as a hash that is always kept and as text that is kept only when somebody wants to read it.
//
// The hash takes in every event as numbers, so that two runs can be compared without printing either; the text has a line
// an event. Law: keeping text changes nothing else about a run, and costs nothing while it is off.
import type { Millis } from "@quorate/core";

/** Numbers that stand for kinds of events in the hash. */
export const MARK = {
  frame: 1,
  turn: 2,
  append: 3,
  synced: 4,
  commit: 5,
  flushed: 6,
  link: 7,
  crash: 8,
  start: 9,
  fault: 10,
  halt: 11,
  lost: 12,
  client: 13,
  adversary: 14,
} as const;

export class Trace {
  /** Takes lines, without the line's end. Undefined while nobody reads. */
  readonly sink: ((line: string) => void) | undefined;
  readonly #now: () => Millis;
  #high = 0x243f6a88;
  #low = 0x13198a2e;
  #events = 0;

  constructor(now: () => Millis, sink?: (line: string) => void) {
    this.#now = now;
    this.sink = sink;
  }

  /** Events taken in so far. */
  get events(): number {
    return this.#events;
  }

  /** Takes an event into the hash: what kind, whom it concerns, and two numbers about it. */
  mark(kind: number, who: number, first: number, second: number): void {
    this.#events += 1;
    // Microseconds in two halves: virtual time passes 32 bits after an hour.
    const time = Math.round(this.#now() * 1000);
    let word = Math.imul((kind << 24) ^ (who << 16) ^ time, 0x9e3779b1) ^ Math.floor(time / 0x1_0000_0000);
    word = Math.imul(word ^ (word >>> 15) ^ first, 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13) ^ second, 0xc2b2ae35);
    this.#low = Math.imul(this.#low ^ word, 0x27d4eb2f) + 0x165667b1;
    this.#high = Math.imul(this.#high ^ (this.#low >>> 7) ^ word, 0x9e3779b1) ^ (this.#high >>> 16);
  }

  /** Writes a line: when, who, and what. Ask for `sink` first, so that the text is not even made while it is off. */
  line(who: string, what: string): void {
    this.sink?.(`${this.#now().toFixed(3).padStart(11)} ${who.padEnd(4)} ${what}`);
  }

  /** The hash of everything so far, 16 hex digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

/** A number that two frames share only if they are probably the same: their size and their last bytes. */
export function gist(bytes: Uint8Array): number {
  const { length } = bytes;
  let word = length;
  for (let at = Math.max(0, length - 12); at < length; at++) word = Math.imul(word, 31) + bytes[at]!;
  return word | 0;
}
