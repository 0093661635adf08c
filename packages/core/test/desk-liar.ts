// A member of a desk whose replica is taken away and whose words are made up: it signs what it likes, says it to whom it
// likes, and hears everything.
import { type BlockContext, canonicalParents, decodeBlock, encodeBlock } from "../src/codec/block.ts";
import { decodeMessage, encodeMessage } from "../src/codec/message.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import type { Block, BlockContent } from "../src/dag/block.ts";
import { type AuthorIndex, GENESIS_DIGEST, type Round } from "../src/ids.ts";
import type { Message } from "../src/message.ts";
import { isRejection } from "../src/rejection.ts";
import type { Desk } from "./desk.ts";

export class DeskLiar {
  readonly context: BlockContext;
  readonly #desk: Desk;
  readonly #self: AuthorIndex;
  readonly #seen = new Map<string, Block>();

  /** One of the members of a desk of which one may lie. */
  constructor(desk: Desk, self: AuthorIndex) {
    this.#desk = desk;
    this.#self = self;
    this.context = { ...desk.context, crypto: createToyCrypto({ self, seed: 1 }) };
    desk.stop(self, false);
    desk.tap = (from, to, bytes) => {
      const message = decodeMessage(bytes, this.context);
      if (isRejection(message)) return bytes;
      for (const block of message.kind === "blocks" ? message.blocks : []) this.#see(block);
      if (to === self) this.hears(from, message);
      return bytes;
    };
  }

  /** What it does when it is told something. */
  hears: (from: AuthorIndex, message: Message) => void = () => undefined;

  /** An honest member's block. */
  block(author: AuthorIndex, round: Round): Block {
    const block = this.#seen.get(`${author}:${round}`);
    if (block === undefined) throw new Error(`member ${author} has made no block of round ${round}`);
    return block;
  }

  /** The newest round that everybody else has reached. */
  newestFull(): Round {
    const heads = this.#others().map((author) => {
      const rounds = [...this.#seen.values()].filter((block) => block.author === author).map(({ round }) => round);
      return Math.max(0, ...rounds);
    });
    return Math.min(...heads);
  }

  /** A block on its own parent (none: genesis) and those of everybody else, told apart by what it says. */
  make(round: Round, own: Block | undefined, saying: string, padding = 0): Block {
    const parents = this.#others().map((author) =>
      round === 1 ? { round: 0, author, digest: GENESIS_DIGEST } : this.block(author, round - 1).ref,
    );
    const content: BlockContent = {
      epoch: this.context.committee.epoch,
      author: this.#self,
      round,
      timestamp: own?.timestamp ?? 1_000_000,
      recovered: false,
      commitVote: undefined,
      evidence: [],
      payload: [new TextEncoder().encode(saying), new Uint8Array(padding)],
      parents: canonicalParents(
        [own?.ref ?? { round: 0, author: this.#self, digest: GENESIS_DIGEST }, ...parents],
        this.#self,
      ),
    };
    return encodeBlock(content, this.context);
  }

  say(to: AuthorIndex, message: Message): void {
    this.#desk.feed(to, { kind: "message", from: this.#self, bytes: encodeMessage(message, this.context) });
  }

  show(to: AuthorIndex, ...blocks: readonly Block[]): void {
    this.say(to, { kind: "blocks", blocks: blocks.map(({ bytes }) => bytes) });
  }

  #others(): AuthorIndex[] {
    return [...this.#desk.places.keys()].filter((at) => at !== this.#self);
  }

  #see(bytes: Uint8Array): void {
    const block = decodeBlock(bytes, this.context);
    if (!isRejection(block) && block.author !== this.#self) this.#seen.set(`${block.author}:${block.round}`, block);
  }
}
