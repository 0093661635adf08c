// The commands of one connection that have no answer yet, in the order in which they were asked. From its front they are
// answered; somewhere in it stands the first that nobody has looked at.
import type { Entry } from "./connection-entry.ts";

export class EntryQueue {
  /** How many, and what they hold. */
  count = 0;
  bytes = 0;
  #head: Entry | undefined;
  #tail: Entry | undefined;
  /** The first that was not looked at yet; nothing behind it was either. */
  #parked: Entry | undefined;

  get head(): Entry | undefined {
    return this.#head;
  }

  add(entry: Entry): void {
    this.count++;
    this.bytes += entry.bytes;
    if (this.#tail === undefined) this.#head = entry;
    else this.#tail.next = entry;
    this.#tail = entry;
    this.#parked ??= entry;
  }

  /** The first that was not looked at yet; from now on it is one that was. */
  look(): Entry | undefined {
    const entry = this.#parked;
    this.#parked = entry?.next;
    return entry;
  }

  /** Takes out the head, which must have been looked at. */
  shift(): void {
    const entry = this.#head!;
    this.#head = entry.next;
    if (this.#head === undefined) this.#tail = undefined;
    this.count--;
    this.bytes -= entry.bytes;
  }

  /** Those that were looked at and are still here, from this one on. */
  *lookedAt(from: Entry | undefined = this.#head): Iterable<Entry> {
    for (let entry = from; entry !== undefined && entry !== this.#parked; entry = entry.next) yield entry;
  }

  /** Takes out all. */
  empty(): readonly Entry[] {
    const all: Entry[] = [];
    for (let entry = this.#head; entry !== undefined; entry = entry.next) all.push(entry);
    this.#head = undefined;
    this.#tail = undefined;
    this.#parked = undefined;
    this.count = 0;
    this.bytes = 0;
    return all;
  }
}
