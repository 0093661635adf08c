// A member that makes its blocks itself. Left alone it behaves like an honest one, so that its lies are believed: it joins
// rounds, hands over what it has, and answers questions. Its behaviours change what it says, and to whom.
import {
  type AuthorIndex,
  type Block,
  type BlockContext,
  type BlockRef,
  type Channel,
  decodeBlock,
  decodeMessage,
  encodeMessage,
  isRejection,
  type Message,
  type Round,
} from "@quorate/core";
import type { Endpoint } from "../world/network.ts";
import type { Behaviour, Saying } from "./behaviour.ts";
import type { Coalition } from "./coalition.ts";
import { type CraftOptions, craft } from "./craft.ts";
import { farFutureBlock } from "./far-future.ts";
import { SeenBlocks } from "./seen-blocks.ts";

const EMPTY = new Uint8Array(0);
/** Frames that are kept for replaying. */
const FRAMES_MAX = 64;
const FRAME_KEPT_BYTES_MAX = 64 * 1024;
/** A head that is not there is so far above what is. */
const FAR_ROUNDS = 2_000;
/** Blocks of one answer. */
const ANSWER_BLOCKS_MAX = 200;
/** A member this many rounds behind goes on from where the others are. */
const LAG_ROUNDS = 4;

export class LyingMember implements Endpoint {
  readonly self: AuthorIndex;
  readonly coalition: Coalition;
  readonly context: BlockContext;
  readonly seen: SeenBlocks = new SeenBlocks();
  readonly up: Set<AuthorIndex> = new Set();
  /** Frames of others, to be sent again. */
  readonly frames: Uint8Array[] = [];
  readonly #behaviours: readonly Behaviour[];
  /** It is as good as down: none of its other tricks is ever seen. */
  readonly #silent: boolean;
  /** The newest own block of each story. */
  readonly #tips: (Block | undefined)[] = [undefined, undefined];
  #lastRound: Round = 0;
  #planned = false;
  readonly #listeners: ((block: Block, from: AuthorIndex) => void)[] = [];

  constructor(self: AuthorIndex, coalition: Coalition, behaviours: readonly Behaviour[]) {
    this.self = self;
    this.coalition = coalition;
    this.context = coalition.contextOf(self);
    this.#behaviours = behaviours;
    this.#silent = behaviours.some(({ silent }) => silent === true);
    if (this.#silent) this.act("silent");
  }

  /** The newest own block of a story. */
  tip(branch: number): Block | undefined {
    return this.#tips[branch] ?? this.#tips[0];
  }

  /** Calls for every block that is new to this member. */
  onBlock(listener: (block: Block, from: AuthorIndex) => void): void {
    this.#listeners.push(listener);
  }

  peerUp(peer: AuthorIndex): void {
    if (this.#silent) return;
    this.up.add(peer);
    const isGreeted = this.#behaviours.some(({ greet }) => greet?.(this, peer) === true);
    if (!isGreeted) this.#sayHeads(peer);
  }

  peerDown(peer: AuthorIndex): void {
    this.up.delete(peer);
  }

  frame(from: AuthorIndex, bytes: Uint8Array): void {
    if (this.#silent) return;
    if (bytes.length <= FRAME_KEPT_BYTES_MAX) this.frames.push(bytes);
    if (this.frames.length > FRAMES_MAX) this.frames.shift();
    const message = decodeMessage(bytes, this.context);
    if (!isRejection(message)) this.#hear(from, message);
  }

  /** Notes that a trick was played. */
  act(trick: string): void {
    this.coalition.act(this.self, trick);
  }

  /** Makes a block; its tip is the caller's to move. */
  craft(options: Omit<CraftOptions, "author">): Block | undefined {
    const block = craft({ author: this.self, ...options }, this.seen, this.context);
    if (block !== undefined) this.seen.add(block);
    return block;
  }

  /** Makes a block the tip of a story, and of every story that has none of its own. */
  adopt(block: Block, branch: number): void {
    this.#tips[branch] = block;
    this.#lastRound = Math.max(this.#lastRound, block.round);
  }

  /** From now on there is one story again. */
  settle(branch: number): void {
    const kept = this.#tips[branch] ?? this.#tips[0];
    this.#tips[0] = kept;
    this.#tips[1] = undefined;
  }

  tell(to: Iterable<AuthorIndex>, blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    this.say(to, "blocks", { kind: "blocks", blocks: blocks.map(({ bytes }) => bytes) });
  }

  say(to: Iterable<AuthorIndex>, channel: Channel, message: Message): void {
    const bytes = encodeMessage(message, this.context);
    for (const peer of to) this.sendRaw(peer, channel, bytes);
  }

  sendRaw(to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    if (to !== this.self && !this.#silent) this.coalition.send(this.self, to, channel, bytes);
  }

  get others(): AuthorIndex[] {
    return this.context.committee.members.map((_, index) => index).filter((index) => index !== this.self);
  }

  #hear(from: AuthorIndex, message: Message): void {
    const { lies, stingy } = this.#flags();
    switch (message.kind) {
      case "blocks":
        for (const bytes of message.blocks) this.#receive(bytes, from);
        return;
      case "fetch":
        if (stingy) this.act("stingy");
        else
          this.tell(
            [from],
            message.refs.flatMap((ref) => this.#find(ref)),
          );
        return;
      case "want":
        if (stingy) this.act("stingy");
        else this.tell([from], this.seen.above(message.rounds, ANSWER_BLOCKS_MAX));
        return;
      case "heads":
        if (message.rounds.some((round, author) => author !== this.self && round > this.seen.highest)) {
          this.say([from], "catch-up", { kind: "want", rounds: this.#rounds() });
        }
        break;
      case "frontier-request":
        this.say([from], "blocks", {
          kind: "frontier",
          id: message.id,
          head: lies ? this.#falseHead() : (this.tip(0)?.bytes ?? EMPTY),
        });
        return;
      case "recovery-request":
        this.say([from], "blocks", {
          kind: "recovery",
          nonce: message.nonce,
          head: lies ? this.#falseHead() : (this.tip(0)?.bytes ?? EMPTY),
          rounds: lies ? this.#rounds().map(() => 0) : this.#rounds(),
          floor: 0,
        });
        return;
      default:
    }
    for (const { hear } of this.#behaviours) hear?.(this, from, message);
  }

  #flags(): { readonly lies: boolean; readonly stingy: boolean } {
    return {
      lies: this.#behaviours.some(({ underReports }) => underReports === true) && this.coalition.rng.chance(0.7),
      stingy: this.#behaviours.some(({ stingy }) => stingy === true),
    };
  }

  /** No block at all, or one from rounds that nobody will reach: whoever waits for it waits for ever. */
  #falseHead(): Uint8Array {
    const { rng } = this.coalition;
    return rng.chance(0.7) ? EMPTY : farFutureBlock(this, this.seen.highest + 1 + rng.integer(FAR_ROUNDS)).bytes;
  }

  #find(ref: BlockRef): readonly Block[] {
    const block = this.seen.get(ref);
    return block === undefined ? [] : [block];
  }

  #rounds(): Round[] {
    return this.seen.headRounds(this.context.committee.members.length);
  }

  #receive(bytes: Uint8Array, from: AuthorIndex): void {
    const block = decodeBlock(bytes, this.context);
    if (isRejection(block) || !this.seen.add(block)) return;
    for (const listener of this.#listeners) listener(block, from);
    if (this.#behaviours.length > 0) this.#plan();
  }

  #sayHeads(peer: AuthorIndex): void {
    this.say([peer], "blocks", {
      kind: "heads",
      rounds: this.#rounds(),
      floor: 0,
      index: 0,
      digest: "",
      checkpoint: 0,
      sentAt: Math.floor(this.coalition.now),
      echo: 0,
      wall: this.coalition.wall,
      needy: false,
    });
  }

  /** Waits a moment for more parents, as everybody does. */
  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.coalition.after(0.1 + this.coalition.rng.next() * 3, () => {
      this.#planned = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#lastRound < this.seen.highest - LAG_ROUNDS) this.#lastRound = this.seen.highest - 2;
    while (this.#lastRound < this.seen.highest) {
      const round = this.#lastRound + 1;
      if (!this.#hasQuorum(round - 1)) return;
      this.#lastRound = round;
      this.#speak(round);
    }
  }

  #hasQuorum(round: Round): boolean {
    if (round === 0) return true;
    const { stakes, thresholds } = this.context.committee;
    let stake = 0;
    for (const author of this.seen.authorsAt(round)) stake += stakes[author] ?? 0;
    return stake >= thresholds.parents;
  }

  #speak(round: Round): void {
    let sayings: readonly Saying[] = [{ branch: 0, to: this.others, content: { timestamp: this.coalition.wall } }];
    for (const { plan } of this.#behaviours) sayings = plan?.(this, round, sayings) ?? sayings;
    // All stories of a round go on from what was said before it: none may take another one's block for its own past.
    const told = sayings.map((saying) => ({ ...saying, own: this.tip(saying.branch) }));
    for (const { branch, to, content, choose, own } of told) {
      const block = this.craft({ round, own, content, ...(choose === undefined ? {} : { choose }) });
      if (block === undefined) continue;
      this.coalition.branchOf.set(`${block.round}:${block.author}:${block.ref.digest}`, branch);
      this.adopt(block, branch);
      const padding = this.#behaviours.flatMap(({ pad }) => pad?.(this, block) ?? []);
      this.say(to, "blocks", { kind: "blocks", blocks: [block.bytes, ...padding] });
    }
    for (const { pester } of this.#behaviours) pester?.(this, round);
  }
}
