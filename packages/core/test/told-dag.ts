// DAGs of real signed blocks in which the first members make twins and the others may leave rounds out, told by a list of
// numbers: every choice takes the next one, so that a shorter list is a simpler story.
import fc from "fast-check";
import { type BlockContext, canonicalParents, encodeBlock } from "../src/codec/block.ts";
import { type Committee, createCommittee } from "../src/committee/committee.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import type { AcceptedBlock } from "../src/dag/accepted-block.ts";
import type { Block } from "../src/dag/block.ts";
import { Dag, genesisRef } from "../src/dag/dag.ts";
import { Exposure } from "../src/dag/exposure.ts";
import type { AuthorIndex, BlockRef, Round } from "../src/ids.ts";
import { DEFAULT_LIMITS, exposureDepth } from "../src/limits.ts";

const ROUNDS = 12;
const LIMITS = { ...DEFAULT_LIMITS, gcDepth: 32, weakDepth: 16 };

export const DEPTH: number = exposureDepth(LIMITS);

/** The numbers of a story. */
export const choices: fc.Arbitrary<number[]> = fc.array(fc.nat(999), { minLength: 40, maxLength: 400, size: "max" });

export interface Stage {
  readonly committee: Committee;
  readonly contexts: readonly BlockContext[];
  /** Members 0 to this, itself left out, lie. */
  readonly liars: number;
  /** Whether blocks obey V8, and honest members leave rounds out. */
  readonly lawful: boolean;
}

export function createStage({ members, liars, lawful }: { members: number; liars: number; lawful: boolean }): Stage {
  const committee = createCommittee({
    members: Array.from({ length: members }, (_, author) => ({
      name: `m${author}`,
      stake: 1,
      publicKey: Uint8Array.of(author),
    })),
    fault: { crash: 0, byzantine: Math.floor((members - 1) / 3) },
  });
  const contexts = committee.members.map((_, self) => ({
    committee,
    limits: LIMITS,
    crypto: createToyCrypto({ self, seed: 1 }),
    genesisHash: new Uint8Array(32),
  }));
  return { committee, contexts, liars, lawful };
}

/** What a replica holds that was handed some blocks, parents first. */
export class Holdings {
  readonly dag: Dag;
  readonly exposure: Exposure;

  constructor({ committee, contexts }: Stage) {
    this.dag = new Dag(committee);
    this.exposure = new Exposure(contexts.at(-1)!);
  }

  accept(block: Block): AcceptedBlock {
    const twin = this.dag.by(block.author, block.round);
    const accepted = this.dag.accept(block, 0);
    accepted.forkedAt = this.exposure.forkOf(accepted);
    if (twin !== undefined) this.exposure.caught(twin, accepted);
    return accepted;
  }
}

export interface Telling {
  readonly author: AuthorIndex;
  readonly round: Round;
  readonly parents: readonly BlockRef[];
  /** What tells twins apart. */
  readonly story?: number;
}

export function makeBlock({ committee, contexts }: Stage, { author, round, parents, story = 0 }: Telling): Block {
  const content = {
    epoch: committee.epoch,
    author,
    round,
    parents: canonicalParents(parents, author),
    timestamp: 1,
    recovered: false,
    commitVote: undefined,
    evidence: [],
    payload: [Uint8Array.of(story)],
  };
  return encodeBlock(content, contexts[author]!);
}

/** The blocks of each round. */
export function tell(stage: Stage, numbers: readonly number[]): Block[][] {
  const { committee, lawful, liars } = stage;
  const { parents: quorum } = committee.thresholds;
  const members = [...committee.members.keys()];
  let next = 0;
  const choose = (count: number): number => numbers[next++ % numbers.length]! % count;
  const holdings = new Holdings(stage);
  const { dag, exposure } = holdings;
  const rounds: Block[][] = [];
  const tips = members.map((): AcceptedBlock[] => []);
  for (let round = 1; round <= ROUNDS; round++) {
    const made: Block[] = [];
    for (const author of members) {
      if (lawful && author >= liars && choose(4) === 0) continue;
      const twins = author < liars ? 1 + choose(3) : 1;
      for (let nth = 0; nth < twins; nth++) {
        const own = tips[author]![choose(Math.max(1, tips[author]!.length))];
        if (own !== undefined && lawful && !exposure.mayName(round, own)) continue;
        const leftOut = choose(2 * members.length);
        const named = (other: number, at: number): AcceptedBlock[] =>
          dag.at(at).filter((block) => block.author === other && (!lawful || exposure.mayName(round, block)));
        const others = members.flatMap((other): BlockRef[] => {
          if (other === author || other === leftOut) return [];
          if (round === 1) return [genesisRef(other)];
          const votes = named(other, round - 1);
          const found = votes.length > 0 ? votes : named(other, round - 2);
          return found.length === 0 ? [] : [found[choose(found.length)]!.block.ref];
        });
        const ownRef = own?.block.ref ?? genesisRef(author);
        const votes = [ownRef, ...others].filter((ref) => ref.round === round - 1).length;
        if (votes < quorum) continue;
        made.push(makeBlock(stage, { author, round, parents: [ownRef, ...others], story: nth }));
      }
    }
    const accepted = made.map((block) => holdings.accept(block));
    for (const author of members) {
      const own = accepted.filter((block) => block.author === author);
      if (own.length > 0) tips[author] = own;
    }
    rounds.push(made);
  }
  return rounds;
}
