// Blocks stamped too far in the future. They are not wrong, only early: each is held until its time has come. An author
// can fill no more than its own share, and a stamp that never comes costs nobody else anything.
import { type AuthorIndex, type BlockRef, type Millis, type Round, refKey } from "../ids.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { Block } from "./block.ts";

interface HeldBlock {
  readonly block: Block;
  readonly from: AuthorIndex;
  readonly until: Millis;
}

const PER_AUTHOR_MAX = 256;
const BYTES_PER_AUTHOR_MAX = 8 * 1024 * 1024;

export class Held {
  readonly #blocks = new Map<string, HeldBlock>();
  readonly #load = new Map<AuthorIndex, { blocks: number; bytes: number }>();
  /** The earliest moment at which one may go. */
  #first: Millis = Number.POSITIVE_INFINITY;
  /** Rises whenever something is held that was not, or is no longer. */
  changes: number = 0;

  has(ref: BlockRef): boolean {
    return this.#blocks.size > 0 && this.hasKey(refKey(ref));
  }

  hasKey(key: string): boolean {
    return this.#blocks.has(key);
  }

  /** The newest round of an author that is held. */
  highestRound(author: AuthorIndex): Round {
    let highest: Round = 0;
    if (!this.#load.has(author)) return highest;
    for (const { block } of this.#blocks.values())
      if (block.author === author && block.round > highest) highest = block.round;
    return highest;
  }

  /** Holds a block until the wall clock shows `until`. */
  add(block: Block, from: AuthorIndex, until: Millis): Rejection | undefined {
    const { author, bytes } = block;
    const load = this.#load.get(author) ?? { blocks: 0, bytes: 0 };
    if (load.blocks >= PER_AUTHOR_MAX || load.bytes + bytes.length > BYTES_PER_AUTHOR_MAX)
      return reject("pending-full", { author, held: load.blocks, bytes: load.bytes });
    load.blocks += 1;
    load.bytes += bytes.length;
    this.#load.set(author, load);
    this.changes += 1;
    this.#blocks.set(refKey(block.ref), { block, from, until });
    if (until < this.#first) this.#first = until;
    return undefined;
  }

  /** Takes the blocks whose time has come. */
  release(wall: Millis): readonly HeldBlock[] {
    if (wall < this.#first) return [];
    const ready: HeldBlock[] = [];
    this.#first = Number.POSITIVE_INFINITY;
    for (const [key, held] of this.#blocks) {
      if (held.until <= wall) {
        ready.push(held);
        this.#drop(key, held);
      } else if (held.until < this.#first) this.#first = held.until;
    }
    return ready;
  }

  /** Forgets the blocks at or below a round: when their time comes they can no longer be ordered. */
  dropBelow(horizon: Round): void {
    for (const [key, held] of this.#blocks) if (held.block.round <= horizon) this.#drop(key, held);
  }

  /** How long until the next block may go, by the wall clock. */
  waitMs(wall: Millis): Millis | undefined {
    return this.#blocks.size === 0 ? undefined : Math.max(0, this.#first - wall);
  }

  #drop(key: string, { block }: HeldBlock): void {
    const { author, bytes } = block;
    const load = this.#load.get(author)!;
    load.blocks -= 1;
    load.bytes -= bytes.length;
    if (load.blocks === 0) this.#load.delete(author);
    this.#blocks.delete(key);
    this.changes += 1;
  }
}
