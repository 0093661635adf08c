// What an anchor reaches along parents of any kind, round by round from itself downwards, as far down as was asked.
// Anchors are asked about rounds that lie just below them, so this walks a few rounds and not the whole DAG.
import { addBits, type Bits, forEachBit, makeBits, setBit } from "../bits.ts";
import type { DagBlock } from "../dag/dag-block.ts";
import type { Round } from "../ids.ts";
import type { Entry } from "./entry.ts";

/** The blocks of a round by position; undefined for a round that is forgotten. */
export type RoundEntries<B extends DagBlock> = (round: Round) => { readonly entries: readonly Entry<B>[] } | undefined;

export class History<B extends DagBlock> {
  readonly anchor: B;
  readonly #roundAt: RoundEntries<B>;
  /** By distance below the anchor: blocks of that round that are reached. */
  readonly #layers: (Bits | undefined)[] = [];
  /** Layers up to this distance are complete; deeper ones hold what late parents reach so far. */
  #complete = 0;

  constructor(anchor: Entry<B>, roundAt: RoundEntries<B>) {
    this.anchor = anchor.block;
    this.#roundAt = roundAt;
    setBit(this.#layer(0), anchor.index);
  }

  /** The blocks of a round that the anchor reaches. */
  at(round: Round): Bits {
    const distance = this.anchor.round - round;
    while (this.#complete < distance) this.#extend();
    return this.#layer(distance);
  }

  #extend(): void {
    const from = this.#complete;
    const round = this.anchor.round - from;
    const entries = this.#roundAt(round)!.entries;
    const below = this.#layer(from + 1);
    forEachBit(this.#layer(from), (index) => {
      const { votes, late } = entries[index]!;
      addBits(below, votes);
      for (let pair = 0; pair < late.length; pair += 2) {
        const target = late[pair]!;
        if (this.#roundAt(target) !== undefined) setBit(this.#layer(this.anchor.round - target), late[pair + 1]!);
      }
    });
    this.#complete = from + 1;
  }

  /** Everything that the anchor reaches was accepted before it, so a layer made now has room for it. */
  #layer(distance: number): Bits {
    return (this.#layers[distance] ??= makeBits(this.#roundAt(this.anchor.round - distance)?.entries.length ?? 0));
  }
}
