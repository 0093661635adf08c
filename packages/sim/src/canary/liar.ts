// A liar with a script: up to a given round it makes its blocks as an honest member would, in step with the others; from
// there on it says what the script tells it to, and to whom.
//
// Law: it stops when the scenario heals. Whatever harm is left then, the honest did to each other.
import type { AuthorIndex, Block, BlockRef, Round } from "@quorate/core";
import type { LyingMember } from "../adversary/lying-member.ts";
import type { ScenarioRun } from "../run/scenario-run.ts";

/** The script: answers whether it could speak in that round already. */
export type Lines = (liar: Liar, round: Round) => boolean;

const LOOK_EVERY_MS = 0.5;
/** As long as somebody of the round before is missing, it waits this long. */
const PATIENCE_MS = 4;

export class Liar {
  readonly run: ScenarioRun;
  readonly member: LyingMember;
  readonly #from: Round;
  readonly #lines: Lines;
  #next: Round = 1;
  #ready: { readonly round: Round; readonly at: number } | undefined;

  constructor(run: ScenarioRun, from: Round, lines: Lines) {
    const [member] = run.coalitions[0]?.members ?? [];
    if (member === undefined) throw new TypeError("the scenario has no scripted member");
    this.run = run;
    this.member = member;
    this.#from = from;
    this.#lines = lines;
    this.#look();
  }

  /** The blocks that these members made in a round; undefined as long as one is missing. */
  blocksOf(authors: readonly AuthorIndex[], round: Round): readonly BlockRef[] | undefined {
    const refs = authors.flatMap((author) => this.member.seen.by(author, round)[0]?.ref ?? []);
    return refs.length === authors.length ? refs : undefined;
  }

  /** Makes a block with exactly these parents beside the own one. */
  make(round: Round, own: Block | undefined, parents: readonly BlockRef[], story: string): Block {
    const content = { timestamp: this.member.coalition.wall, payload: [toBytes(story)] };
    const block = this.member.craft({ round, own, parents, content });
    if (block === undefined) throw new TypeError(`the script's block of round ${round} has no parent quorum`);
    return block;
  }

  /** Says a block to these members only. */
  tell(to: readonly AuthorIndex[], ...blocks: readonly Block[]): void {
    this.member.tell(to, blocks);
  }

  #look(): void {
    if (this.run.healedAt !== Number.POSITIVE_INFINITY) return;
    while (this.#speak()) this.#next += 1;
    this.run.after(LOOK_EVERY_MS, () => this.#look());
  }

  #speak(): boolean {
    const round = this.#next;
    const { member } = this;
    if (member.seen.highest < round - 1 || (round === 1 && member.seen.highest === 0)) return false;
    if (round >= this.#from) return this.#lines(this, round);
    if (!this.#inStep(round)) return false;
    const block = member.craft({ round, own: member.tip(0), content: { timestamp: member.coalition.wall } });
    if (block === undefined) return false;
    member.adopt(block, 0);
    this.tell(member.others, block);
    return true;
  }

  /** Whether it is time for a round: everybody was heard, or has had time to be. */
  #inStep(round: Round): boolean {
    const { thresholds, members } = this.member.context.committee;
    const heard = round === 1 ? members.length : this.member.seen.authorsAt(round - 1).size;
    if (heard < thresholds.parents) return false;
    if (this.#ready?.round !== round) this.#ready = { round, at: this.run.now };
    return heard === members.length || this.run.now >= this.#ready.at + PATIENCE_MS;
  }
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
