// Asks for parents that are missing: first the member that sent the child, then the parent's author, then the others in
// turn, until the block is here or counts as present below the horizon.
import type { ReplicaContext } from "../context.ts";
import type { WantedBlock } from "../dag/pending.ts";
import { type AuthorIndex, type BlockRef, type Millis, refKey, sameRef } from "../ids.ts";
import type { Intake } from "../intake.ts";
import type { Peers } from "./peers.ts";

interface Ask {
  readonly ref: BlockRef;
  readonly from: AuthorIndex;
  attempts: number;
  at: Millis;
}

/** Refs in one message. */
const REFS_PER_FETCH = 256;
/** Before a parent is asked for at all: it is usually on its way already. */
const PATIENCE_MS_MAX = 20;

export class Fetcher {
  readonly #context: ReplicaContext;
  readonly #peers: Peers;
  readonly #intake: Intake;
  readonly #asks = new Map<string, Ask>();
  /** Blocks wanted for their own sake: anchors that a snapshot speaks of. */
  #roots: readonly BlockRef[] = [];
  /**
   * The intake's changes that the asks fit; undefined while roots are wanted too. A member that is far behind waits for
   * thousands of blocks, and most of its steps change nothing about them.
   */
  #fits: number | undefined;

  constructor(context: ReplicaContext, peers: Peers, intake: Intake) {
    this.#context = context;
    this.#peers = peers;
    this.#intake = intake;
  }

  wantRoots(refs: readonly BlockRef[]): void {
    this.#roots = refs;
  }

  /** Whether this block is wanted for its own sake. */
  isRoot(ref: BlockRef): boolean {
    return this.#roots.some((root) => sameRef(root, ref));
  }

  /** Sends what is due; says when to come back. */
  run(): Millis | undefined {
    const { clock } = this.#context;
    this.#refresh();
    if (this.#asks.size === 0) return undefined;
    const due = new Map<AuthorIndex, BlockRef[]>();
    let next: Millis | undefined;
    for (const ask of this.#asks.values()) {
      if (ask.at <= clock.now) {
        const peer = this.#candidate(ask);
        ask.attempts += 1;
        ask.at = clock.now + this.#retryMs(ask.attempts);
        if (peer !== undefined) {
          const refs = due.get(peer);
          if (refs === undefined) due.set(peer, [ask.ref]);
          else refs.push(ask.ref);
        }
      }
      if (next === undefined || ask.at < next) next = ask.at;
    }
    for (const [peer, refs] of due) {
      for (let start = 0; start < refs.length; start += REFS_PER_FETCH) {
        this.#context.send(peer, "catch-up", { kind: "fetch", refs: refs.slice(start, start + REFS_PER_FETCH) });
      }
    }
    return next;
  }

  #refresh(): void {
    const { changes, pending } = this.#intake;
    const fits = this.#roots.length === 0 ? changes : undefined;
    if (fits !== undefined && fits === this.#fits) return;
    this.#fits = fits;
    const { clock, dag } = this.#context;
    const wanted = new Map<string, WantedBlock>();
    for (const entry of this.#intake.wanted()) wanted.set(entry.key, entry);
    for (const ref of this.#roots) {
      const key = refKey(ref);
      if (!dag.satisfied(ref) && !pending.has(ref)) wanted.set(key, { key, ref, from: ref.author });
    }
    for (const key of this.#asks.keys()) if (!wanted.has(key)) this.#asks.delete(key);
    const patience = Math.min(PATIENCE_MS_MAX, (this.#peers.quorumRoundTripMs() ?? 0) / 4);
    for (const [key, { ref, from }] of wanted) {
      if (!this.#asks.has(key)) this.#asks.set(key, { ref, from, attempts: 0, at: clock.now + patience });
    }
  }

  #candidate({ ref, from, attempts }: Ask): AuthorIndex | undefined {
    const { others } = this.#peers;
    const order = [from, ref.author, ...others.filter((peer) => peer !== from && peer !== ref.author)].filter(
      (peer) => peer !== this.#context.self && this.#peers.isUp(peer),
    );
    return order.length === 0 ? undefined : order[attempts % order.length];
  }

  #retryMs(attempts: number): Millis {
    const { resendMsMax, resendMsMin } = this.#context.tuning;
    const base = Math.max(resendMsMin, 1.5 * (this.#peers.quorumRoundTripMs() ?? 0));
    return Math.min(
      resendMsMax,
      base * 2 ** Math.min(6, Math.floor((attempts - 1) / Math.max(1, this.#peers.others.length))),
    );
  }
}
