// V8 against its definition: of every block, in which newest round of the window its history holds two blocks of its
// author. Whoever has the block must answer the same, in whatever order three and more twins came.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AcceptedBlock, traverse } from "../src/dag/accepted-block.ts";
import type { Block } from "../src/dag/block.ts";
import { genesisRef } from "../src/dag/dag.ts";
import { choices, createStage, DEPTH, Holdings, makeBlock, tell } from "./told-dag.ts";

const STAGE = createStage({ members: 5, liars: 2, lawful: false });

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
        const rounds = tell(STAGE, numbers);
        const one = new Holdings(STAGE);
        const other = new Holdings(STAGE);
        const accepted = new Map<Block, AcceptedBlock>();
        for (const blocks of rounds) {
          for (const block of blocks) accepted.set(block, one.accept(block));
          for (const block of blocks.toReversed()) other.accept(block);
        }
        for (const [block, here] of accepted) {
          const there = other.dag.get(block.ref)!;
          expect(here.forkedAt).toBe(forkOf(here));
          expect(there.forkedAt).toBe(here.forkedAt);
          if (here.forkedAt > 0) forked += 1;
          for (let round = block.round + 1; round <= block.round + DEPTH + 1; round++) {
            const may = here.forkedAt === 0 || here.forkedAt < round - DEPTH;
            expect(one.exposure.mayName(round, here)).toBe(may);
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

  it("walks through no history of an author of whom no twins are here, in the first rounds either", () => {
    const { dag, exposure } = new Holdings(STAGE);
    const parents = STAGE.committee.members.map((_, author) => genesisRef(author));
    const block = dag.accept(makeBlock(STAGE, { author: 4, round: 1, parents }), 0);
    Object.defineProperty(block, "parents", { get: () => expect.unreachable() });
    expect(exposure.forkOf(block)).toBe(0);
  });
});
