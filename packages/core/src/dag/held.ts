// Blocks stamped too far in the future. They are not wrong, only early: each is held until its time has come. An author
// can fill no more than its own share, and a stamp that never comes costs nobody else anything.
import type { AuthorIndex, Millis } from "../ids.ts";
import { type Rejection, reject } from "../rejection.ts";
import type { Block } from "./block.ts";

interface HeldBlock {
  readonly block: Block;
  readonly from: AuthorIndex;
  readonly until: Millis;
}

const PER_AUTHOR_MAX = 256;

export class Held {
  #blocks: HeldBlock[] = [];

  /** Holds a block until the wall clock shows `until`. */
  add(block: Block, from: AuthorIndex, until: Millis): Rejection | undefined {
    const mates = this.#blocks.filter((held) => held.block.author === block.author);
    if (mates.some((held) => held.block.contentDigest === block.contentDigest)) return undefined;
    if (mates.length >= PER_AUTHOR_MAX) return reject("pending-full", { author: block.author, held: mates.length });
    this.#blocks.push({ block, from, until });
    return undefined;
  }

  /** Takes the blocks whose time has come. */
  release(wall: Millis): readonly HeldBlock[] {
    if (this.#blocks.length === 0) return [];
    const ready = this.#blocks.filter(({ until }) => until <= wall);
    if (ready.length > 0) this.#blocks = this.#blocks.filter(({ until }) => until > wall);
    return ready;
  }

  /** How long until the next block may go, by the wall clock. */
  waitMs(wall: Millis): Millis | undefined {
    if (this.#blocks.length === 0) return undefined;
    return Math.max(0, Math.min(...this.#blocks.map(({ until }) => until)) - wall);
  }
}
