// Every DAG that a few members can make in a few rounds where some may crash, and every part of it that a replica may hold.
//
// Agreement between any two views follows from one step: a DAG never loses or changes a verdict when one block without
// children is added. Every view of a DAG is reached from it by taking such blocks away one by one, and everything on the
// way is itself a DAG of the enumeration; so whatever two views decide, the whole decides too. Taking one block away
// from every DAG, in every way, is therefore all pairs of views of all DAGs.
//
// Late parents: a block may reference an older block of an author that it does not reference in the round below. That
// reaches votes which the round below does not, so these are enumerated too where they can matter.
import { Decider, InvariantError, type Schedule, type Thresholds } from "@quorate/core";
import type { TestBlock } from "./random-dag.ts";

export interface ExhaustiveReport {
  readonly dags: number;
  /** DAG and one block less, compared. */
  readonly steps: number;
  readonly verdicts: { readonly commit: number; readonly skip: number; readonly undecided: number };
  readonly indirect: number;
  /** The first step that changed a verdict. */
  readonly breach: string | undefined;
}

export interface ExhaustiveOptions {
  readonly stakes: readonly number[];
  readonly thresholds: Thresholds;
  readonly schedule: Schedule;
  readonly rounds: number;
  /** Whether late parents are enumerated. */
  readonly late: boolean;
}

export function runExhaustiveCrash({
  thresholds,
  stakes,
  schedule,
  rounds,
  late,
}: ExhaustiveOptions): ExhaustiveReport {
  const members = stakes.map((_, author) => author);
  const counts = { commit: 0, skip: 0, undecided: 0 };
  let dags = 0;
  let steps = 0;
  let indirect = 0;
  let breach: string | undefined;
  const byRound: TestBlock[][] = [];
  const heads: (TestBlock | undefined)[] = members.map(() => undefined);

  descend(1);
  return { dags, steps, verdicts: counts, indirect, breach };

  /** Fills round after round in every way, and checks what results. */
  function descend(round: number): void {
    const below = byRound.at(-1) ?? [];
    if (round > rounds || (round > 1 && stakeOf(below) < thresholds.parents)) {
      check();
      return;
    }
    fill(
      members.map((author) => blocksOf(author, round, below)),
      [],
      round,
    );
  }

  /** One author after the other makes one of its blocks, or none. */
  function fill(choices: readonly (readonly TestBlock[])[], made: readonly TestBlock[], round: number): void {
    const [first, ...rest] = choices;
    if (first === undefined) {
      const earlier = heads.slice();
      for (const block of made) heads[block.author] = block;
      byRound.push([...made]);
      descend(round + 1);
      byRound.pop();
      for (const author of members) heads[author] = earlier[author];
      return;
    }
    fill(rest, made, round);
    for (const block of first) {
      if (breach !== undefined) return;
      fill(rest, [...made, block], round);
    }
  }

  function stakeOf(blocks: readonly TestBlock[]): number {
    return blocks.reduce((sum, block) => sum + stakes[block.author]!, 0);
  }

  /** Every block that an author can make in a round: its own newest block, a quorum of the round below, late parents. */
  function blocksOf(author: number, round: number, below: readonly TestBlock[]): TestBlock[] {
    const own = heads[author];
    const others = below.filter((block) => block.author !== author);
    const blocks: TestBlock[] = [];
    for (const chosen of subsets(others)) {
      const strong = stakeOf(chosen) + (own?.round === round - 1 ? stakes[author]! : 0);
      if (round > 1 && strong < thresholds.parents) continue;
      const left = members.filter((other) => other !== author && !chosen.some((parent) => parent.author === other));
      for (const added of subsets(left.flatMap((other) => lateParents(other, round)))) {
        if (new Set(added.map((parent) => parent.author)).size < added.length) continue;
        const parents = [...(own === undefined ? [] : [own]), ...chosen, ...added];
        blocks.push({ id: `${"ABCD"[author]}${round}`, author, round, digest: "", parents });
      }
    }
    return blocks;
  }

  /** Only what can be a vote, below a block that can be an anchor of the slot and be decided itself. */
  function lateParents(author: number, round: number): TestBlock[] {
    if (!late || round >= rounds) return [];
    return byRound.slice(1, round - 2).flatMap((blocks) => blocks.filter((block) => block.author === author));
  }

  function check(): void {
    const blocks = byRound.flat();
    dags++;
    const whole = verdicts(blocks);
    if (whole === undefined) {
      breach = `two direct verdicts in ${print(blocks)}`;
      return;
    }
    for (const verdict of whole) {
      counts[verdict === 0 ? "undecided" : verdict % 2 === 1 ? "skip" : "commit"]++;
      if (verdict > 2) indirect++;
    }
    for (const block of blocks) {
      if (blocks.some((child) => child.parents.includes(block))) continue;
      steps++;
      const part = verdicts(blocks.filter((other) => other !== block));
      if (part?.every((verdict, slot) => verdict === 0 || ((verdict - whole[slot]!) % 2 === 0 && whole[slot] !== 0)))
        continue;
      breach = `${block.id} changes ${part?.join("")} to ${whole.join("")} in ${print(blocks)}`;
      return;
    }
  }

  /** Of each slot: 0 undecided, odd skip, even commit, above 2 indirect. Undefined when two direct verdicts clash. */
  function verdicts(blocks: readonly TestBlock[]): number[] | undefined {
    const decider = new Decider<TestBlock>({ thresholds, stakes, schedule });
    try {
      for (const block of blocks) decider.accept(block);
    } catch (error) {
      if (error instanceof InvariantError) return undefined;
      throw error;
    }
    const found: number[] = [];
    for (let round = 1; round < rounds; round++)
      for (const author of schedule(round)) {
        const verdict = decider.verdict({ round, author })!;
        if (verdict.kind === "undecided") found.push(0);
        else found.push((verdict.kind === "skip" ? 1 : 2) + (verdict.how === "indirect" ? 2 : 0));
      }
    return found;
  }
}

function subsets<T>(items: readonly T[]): T[][] {
  return Array.from({ length: 2 ** items.length }, (_, mask) => items.filter((_, bit) => (mask >> bit) & 1));
}

function print(blocks: readonly TestBlock[]): string {
  return blocks.map((block) => `${block.id}->[${block.parents.map((parent) => parent.id).join(" ")}]`).join(" ");
}
