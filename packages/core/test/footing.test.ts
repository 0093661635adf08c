// From the newest round that an honest member reached, all can follow: whoever holds the blocks finds a parent quorum in
// every round below, though honest members left rounds out and all liars were caught since.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReplicaContext } from "../src/context.ts";
import { Footing, type Standing } from "../src/pace/footing.ts";
import { choices, createStage, Holdings, tell } from "./told-dag.ts";

const STAGE = createStage({ members: 7, liars: 2, lawful: true });

describe("what an own block can stand on", () => {
  it("is there in every round that an honest member passed, and is no more than is needed", () => {
    let short = 0;
    fc.assert(
      fc.property(choices, (numbers) => {
        const { committee, liars } = STAGE;
        const { dag, exposure } = deal(tell(STAGE, numbers));
        const standing = (author: number): Standing => (author < liars ? "last-resort" : "welcome");
        const footing = new Footing({ committee, dag } as ReplicaContext, standing);
        let reached = dag.highestRound;
        while (reached > 0 && !dag.at(reached).some(({ author }) => author >= liars)) reached -= 1;
        for (let round = 1; round <= reached; round++) {
          expect(footing.carries(round - 1)).toBe(true);
          if (round === 1) continue;
          const votes = footing.votes(round);
          const named = votes.filter(({ author }) => author < liars);
          const { parents } = committee.thresholds;
          expect(votes.length).toBeGreaterThanOrEqual(parents);
          expect(new Set(votes.map(({ author }) => author)).size).toBe(votes.length);
          expect(votes.every((vote) => vote.round === round - 1)).toBe(true);
          for (const vote of named) {
            expect(votes.length).toBe(parents);
            expect(exposure.mayName(round, vote)).toBe(true);
            expect(dag.at(round).some((block) => block.author >= liars && block.parents.includes(vote))).toBe(true);
          }
          expect(footing.isFirm(round - 1)).toBe(named.length === 0);
          short += named.length;
        }
      }),
      { numRuns: 300 },
    );
    expect(short).toBeGreaterThan(300);
  });
});

function deal(rounds: ReturnType<typeof tell>): Holdings {
  const holdings = new Holdings(STAGE);
  for (const block of rounds.flat()) holdings.accept(block);
  return holdings;
}
