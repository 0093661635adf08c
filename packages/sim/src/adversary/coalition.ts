// Members that lie together: they share one mind, one stream of chance, and whom to tell what.
//
// Law: a coalition signs only for its own members. Everything else about it is unlawful.
import type { AuthorIndex, BlockContext, Channel, CommitIndex, Digest, Millis, Round } from "@quorate/core";
import type { Rng } from "../rng.ts";
import { WALL_EPOCH_MS } from "../world/process-clock.ts";
import { MARK } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import type { LyingMember } from "./lying-member.ts";

/** An episode of telling two stories: who hears which. */
export interface Episode {
  readonly until: Round;
  readonly halves: readonly [readonly AuthorIndex[], readonly AuthorIndex[]];
}

export class Coalition {
  readonly names: readonly AuthorIndex[];
  readonly honest: readonly AuthorIndex[];
  readonly rng: Rng;
  /** How often each trick was played. */
  readonly acts: Map<string, number> = new Map();
  /** In which story each own twin plays. */
  readonly branchOf: Map<string, number> = new Map();
  /** What all members tell of a commit that one of them spoke of, so that they vouch for each other. */
  readonly vouched: Map<CommitIndex, Digest> = new Map();
  /** Payloads made up so far: no two blocks with one are the same. */
  stories = 0;
  members: readonly LyingMember[] = [];
  readonly #world: World<never>;
  #episode: Episode | undefined;
  #episodesLookedFor: Round = 0;

  constructor(world: World<never>, names: readonly AuthorIndex[], rng: Rng) {
    this.#world = world;
    this.names = names;
    this.rng = rng;
    this.honest = world.honest.map(({ self }) => self);
  }

  get now(): Millis {
    return this.#world.now;
  }

  /** What a right wall clock shows. */
  get wall(): Millis {
    return Math.floor(WALL_EPOCH_MS + this.#world.now);
  }

  /** What blocks of one member are made with: its own key, nobody else's. */
  contextOf(self: AuthorIndex): BlockContext {
    const { committee, limits } = this.#world.options;
    return { committee, limits, crypto: this.#world.cryptoOf(self), genesisHash: this.#world.genesisHash };
  }

  after(delay: Millis, run: () => void): void {
    this.#world.after(delay, run);
  }

  send(from: AuthorIndex, to: AuthorIndex, channel: Channel, bytes: Uint8Array): void {
    this.#world.network.send(from, to, channel, bytes);
  }

  /** Notes that a trick was played. */
  act(who: AuthorIndex, trick: string): void {
    this.acts.set(trick, (this.acts.get(trick) ?? 0) + 1);
    const { trace } = this.#world;
    trace.mark(MARK.adversary, who, trick.length, 0);
    if (trace.sink !== undefined) trace.line(`${who}*`, trick);
  }

  /** The episode that a round falls into, if any; all members play in the same. */
  episodeAt(round: Round): Episode | undefined {
    if (this.#episode !== undefined && round <= this.#episode.until) return this.#episode;
    if (round <= this.#episodesLookedFor) return undefined;
    this.#episodesLookedFor = round;
    if (!this.rng.chance(0.15)) return undefined;
    this.#episode = { until: round + this.rng.integer(6), halves: this.split() };
    return this.#episode;
  }

  /** The honest members in two parts, neither empty if it can be helped. */
  split(): readonly [readonly AuthorIndex[], readonly AuthorIndex[]] {
    const order = this.rng.shuffle(this.honest);
    const cut = 1 + this.rng.integer(Math.max(1, order.length - 1));
    return [order.slice(0, cut), order.slice(cut)];
  }
}
