// What is known of the other members: who has a working link, where they say they stand, and how far away they are.
import { ToldTimes } from "../consensus/told-times.ts";
import type { ReplicaContext } from "../context.ts";
import { othersOf } from "../context.ts";
import type { AuthorIndex, Millis } from "../ids.ts";
import type { Message } from "../message.ts";

export type Heads = Extract<Message, { kind: "heads" }>;

interface Peer {
  up: boolean;
  /** Where it said it stands; a claim, never the ground of a decision about safety. */
  heads: Heads | undefined;
  heardAt: Millis;
  roundTripMs: Millis | undefined;
  upSince: Millis;
  /** What its wall clock showed, and a moment of the own clock at which it had not said so yet. */
  wall: { readonly shown: Millis; readonly after: Millis } | undefined;
}

export class Peers {
  readonly #context: ReplicaContext;
  readonly #peers: Peer[];
  readonly others: readonly AuthorIndex[];
  /** The last answer of `quorumRoundTripMs`; asked far more often than anything it depends on changes. */
  #quorumRoundTrip: { readonly ms: Millis | undefined } | undefined;

  constructor(context: ReplicaContext) {
    this.#context = context;
    this.others = othersOf(context);
    this.#peers = context.committee.members.map(() => ({
      up: false,
      heads: undefined,
      heardAt: 0,
      roundTripMs: undefined,
      upSince: 0,
      wall: undefined,
    }));
  }

  isUp(peer: AuthorIndex): boolean {
    return this.#peers[peer]?.up === true;
  }

  setUp(peer: AuthorIndex, up: boolean): void {
    const entry = this.#peers[peer];
    if (entry !== undefined) {
      entry.up = up;
      if (up) entry.upSince = this.#context.clock.now;
    }
    this.#quorumRoundTrip = undefined;
  }

  /** Stake that can be reached now, this replica's own included. */
  reachableStake(): number {
    const { stakes } = this.#context.committee;
    return this.others.reduce(
      (sum, peer) => sum + (this.isUp(peer) ? (stakes[peer] ?? 0) : 0),
      stakes[this.#context.self] ?? 0,
    );
  }

  heads(peer: AuthorIndex): Heads | undefined {
    return this.#peers[peer]?.heads;
  }

  /** A peer said where it stands. */
  heard(peer: AuthorIndex, heads: Heads): void {
    const entry = this.#peers[peer];
    if (entry === undefined) return;
    const { now } = this.#context.clock;
    entry.heads = heads;
    this.#quorumRoundTrip = undefined;
    entry.heardAt = now;
    // Neither before the link stood, nor before what it echoes.
    const after = Math.max(entry.upSince, heads.echo <= now ? heads.echo : 0);
    entry.wall = { shown: heads.wall, after };
    // The echo is this replica's own clock reading plus the time that the peer sat on it: the rest was on the way.
    if (heads.echo > 0 && heads.echo <= now) {
      const sample = now - heads.echo;
      entry.roundTripMs = entry.roundTripMs === undefined ? sample : entry.roundTripMs * 0.75 + sample * 0.25;
    }
  }

  /** What to echo to a peer, so that it can measure the way there and back. Its own word, which may be nonsense. */
  echoFor(peer: AuthorIndex): Millis {
    const entry = this.#peers[peer];
    if (entry?.heads === undefined) return 0;
    return Math.min(
      Number.MAX_SAFE_INTEGER,
      Math.floor(entry.heads.sentAt + (this.#context.clock.now - entry.heardAt)),
    );
  }

  roundTripMs(peer: AuthorIndex): Millis | undefined {
    return this.#peers[peer]?.roundTripMs;
  }

  /**
   * The least time that the wall clocks of at least half of all stake have not passed, of others alone; undefined while too
   * few have told theirs. Wrong clocks with less than half of the stake, the own one among them, cannot move it behind
   * every right clock, nor ahead of what a right clock can show by now.
   */
  wallOfHalf(): Millis | undefined {
    const { clock, committee } = this.#context;
    const told = new ToldTimes();
    for (const [peer, { wall }] of this.#peers.entries())
      if (wall !== undefined) told.add(wall.shown + (clock.now - wall.after), committee.stakes[peer]!);
    return told.reached(committee.thresholds.total / 2);
  }

  /** Round trip to the member that completes a parent quorum; undefined until enough are measured. */
  quorumRoundTripMs(): Millis | undefined {
    this.#quorumRoundTrip ??= { ms: this.#measureQuorumRoundTrip() };
    return this.#quorumRoundTrip.ms;
  }

  #measureQuorumRoundTrip(): Millis | undefined {
    const { stakes, thresholds } = this.#context.committee;
    const measured = new ToldTimes();
    for (const peer of this.others) {
      const { up, roundTripMs } = this.#peers[peer]!;
      if (up && roundTripMs !== undefined) measured.add(roundTripMs, stakes[peer] ?? 0);
    }
    return measured.reached(thresholds.parents - (stakes[this.#context.self] ?? 0));
  }
}
