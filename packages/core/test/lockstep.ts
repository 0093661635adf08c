// DAGs in lock-step: in every round every live author makes a block with every block of the round below.
import type { TestBlock } from "./random-dag.ts";

/** The rounds, each as its blocks. Dead authors never make a block. */
export function lockstep(options: {
  readonly members: number;
  readonly rounds: number;
  readonly dead?: readonly number[];
}): TestBlock[][] {
  const authors = Array.from({ length: options.members }, (_, author) => author);
  const live = authors.filter((author) => !options.dead?.includes(author));
  const rounds: TestBlock[][] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const below = rounds.at(-1) ?? [];
    rounds.push(
      live.map((author) => ({
        id: `${author}@${round}`,
        round,
        author,
        digest: "",
        parents: below.toSorted((left, right) => Number(right.author === author) - Number(left.author === author)),
      })),
    );
  }
  return rounds;
}
