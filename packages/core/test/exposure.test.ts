// V8 against its definition: of every block, in which newest round of the window its history holds two blocks of its
// author. Whoever has the block must answer the same, in whatever order three and more twins came.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalParents, encodeBlock } from "../src/codec/block.ts";
import { createCommittee } from "../src/committee/committee.ts";
import { createToyCrypto } from "../src/crypto-toy.ts";
import { type AcceptedBlock, traverse } from "../src/dag/accepted-block.ts";
import type { Block } from "../src/dag/block.ts";
import { Dag, genesisRef } from "../src/dag/dag.ts";
import { Exposure } from "../src/dag/exposure.ts";
import { DEFAULT_LIMITS, exposureDepth } from "../src/limits.ts";

const MEMBERS = 5;
const ROUNDS = 12;
const LIMITS = { ...DEFAULT_LIMITS, gcDepth: 32, weakDepth: 16 };
const DEPTH = exposureDepth(LIMITS);

const committee = createCommittee({
  members: Array.from({ length: MEMBERS }, (_, author) => ({
    name: `m${author}`,
    stake: 1,
    publicKey: Uint8Array.of(author),
  })),
  fault: { crash: 0, byzantine: 1 },
});
const contexts = committee.members.map((_, self) => ({
  committee,
  limits: LIMITS,
  crypto: createToyCrypto({ self, seed: 1 }),
  genesisHash: new Uint8Array(32),
}));

/** Numbers that make every choice of a story, in turn. */
const choices = fc.array(fc.nat(999), { minLength: 40, maxLength: 400, size: "max" });

/** Members 0 and 1 make up to three blocks in a round; everybody names any of them, or nobody's of one member. */
function tell(numbers: readonly number[]): Block[][] {
  let next = 0;
  const choose = (count: number): number => numbers[next++ % numbers.length]! % count;
  const rounds: Block[][] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const before = rounds.at(-1) ?? [];
    const blocks: Block[] = [];
    for (const author of committee.members.keys()) {
      const by = (other: number): Block[] => before.filter((block) => block.author === other);
      const twins = author < 2 ? 1 + choose(3) : 1;
      for (let nth = 0; nth < twins; nth++) {
        const leftOut = choose(2 * MEMBERS);
        const parents = [...committee.members.keys()].flatMap((other) => {
          const found = by(other);
          if (found.length === 0) return genesisRef(other);
          return other === author || other !== leftOut ? found[choose(found.length)]!.ref : [];
        });
        const content = {
          epoch: committee.epoch,
          author,
          round,
          parents: canonicalParents(parents, author),
          timestamp: 1,
          recovered: false,
          commitVote: undefined,
          evidence: [],
          payload: [Uint8Array.of(nth)],
        };
        blocks.push(encodeBlock(content, contexts[author]!));
      }
    }
    rounds.push(blocks);
  }
  return rounds;
}

/** A replica that gets the blocks of each round in an order of its own. */
function accept(rounds: readonly (readonly Block[])[], order: (blocks: readonly Block[]) => readonly Block[]) {
  const dag = new Dag(committee);
  const exposure = new Exposure(contexts[2]!);
  const accepted = new Map<Block, AcceptedBlock>();
  for (const block of rounds.flatMap((blocks) => order(blocks))) {
    const twin = dag.by(block.author, block.round);
    const here = dag.accept(block, 0);
    here.forkedAt = exposure.forkOf(here);
    if (twin !== undefined) exposure.caught(twin, here);
    accepted.set(block, here);
  }
  return { accepted, exposure };
}

/** The rule in its own words. */
function forkOf(block: AcceptedBlock): number {
  const own = [...traverse([block], () => true)].filter(({ author }) => author === block.author);
  const rounds = own.map(({ round }) => round).filter((round, at, all) => all.indexOf(round) !== at);
  return Math.max(0, ...rounds.filter((round) => round >= block.round - DEPTH));
}

describe("V8", () => {
  it("finds the newest fork of a block's author in the block's own history, in whatever order twins came", () => {
    let forked = 0;
    let refused = 0;
    fc.assert(
      fc.property(choices, (numbers) => {
        const rounds = tell(numbers);
        const one = accept(rounds, (blocks) => blocks);
        const other = accept(rounds, (blocks) => blocks.toReversed());
        for (const [block, { forkedAt }] of one.accepted) {
          const there = other.accepted.get(block)!;
          expect(forkedAt).toBe(forkOf(one.accepted.get(block)!));
          expect(there.forkedAt).toBe(forkedAt);
          if (forkedAt > 0) forked += 1;
          for (let round = block.round + 1; round <= block.round + DEPTH + 1; round++) {
            const may = forkedAt === 0 || forkedAt < round - DEPTH;
            expect(one.exposure.mayName(round, one.accepted.get(block)!)).toBe(may);
            expect(other.exposure.mayName(round, there)).toBe(may);
            if (!may) refused += 1;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(forked).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });
});
