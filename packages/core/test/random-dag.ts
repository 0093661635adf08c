// Random DAGs that obey the structural rules V2 to V5: gaps, missed votes, late and long links, and as many twins as the
// fault bound allows. Each DAG has a temper, so that calm, torn and hostile stretches all occur.
import type { DagBlock, Schedule, Thresholds } from "@quorate/core";
import type { TestRandom } from "./random.ts";

export interface TestBlock extends DagBlock {
  readonly id: string;
  readonly parents: readonly TestBlock[];
}

export interface RandomDag {
  readonly thresholds: Thresholds;
  readonly stakes: readonly number[];
  readonly schedule: Schedule;
  /** Parents before children. */
  readonly blocks: readonly TestBlock[];
}

export interface DagShape {
  readonly thresholds: Thresholds;
  readonly stakes: readonly number[];
  readonly schedule: Schedule;
  readonly rounds: number;
  /** How far below its child a parent may be. */
  readonly weakDepth: number;
}

interface Temper {
  /** Chance that an author makes no block in a round. */
  readonly silent: number;
  /** Chance that a block of the round below is missed beyond what the quorum needs. */
  readonly missed: number;
  /** Chance that an author's blocks of a round are missed by almost everybody. */
  readonly shunned: number;
  /** Chance that an older block, not referenced otherwise, is linked. */
  readonly late: number;
  /** Chance that a liar makes twins in a round. */
  readonly twins: number;
  /** Whether liars' twins are referenced half and half. */
  readonly split: boolean;
}

const TEMPERS: readonly Temper[] = [
  { silent: 0.02, missed: 0.05, shunned: 0, late: 0.5, twins: 0.2, split: false },
  { silent: 0.1, missed: 0.2, shunned: 0.25, late: 0.5, twins: 0.7, split: false },
  { silent: 0.02, missed: 0.5, shunned: 0.1, late: 0.3, twins: 0.8, split: true },
  { silent: 0, missed: 0.05, shunned: 0.25, late: 0.3, twins: 1, split: true },
  { silent: 0.2, missed: 0.5, shunned: 0.1, late: 0.8, twins: 0.7, split: true },
];

export function randomDag(random: TestRandom, shape: DagShape): RandomDag {
  const { thresholds, stakes, schedule, rounds, weakDepth } = shape;
  const authors = stakes.map((_, author) => author);
  const liars = pickWithin(random, authors, stakes, thresholds.byzantine);
  const crashed = new Map<number, number>();
  for (const author of pickWithin(
    random,
    authors.filter((author) => !liars.has(author)),
    stakes,
    thresholds.crash,
  ))
    if (random.chance(0.5)) crashed.set(author, random.below(rounds));
  let temper = random.pick(TEMPERS);

  const byAuthor: TestBlock[][] = stakes.map(() => []);
  const blocks: TestBlock[] = [];
  let below: TestBlock[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (random.chance(0.15)) temper = random.pick(TEMPERS);
    const made: TestBlock[] = [];
    const shunned = authors.map(() => random.chance(temper.shunned));
    const favourites = new Map<number, TestBlock>();
    for (const author of random.shuffled(authors)) {
      if ((crashed.get(author) ?? rounds + 1) <= round) continue;
      if (random.chance(temper.silent)) continue;
      const copies = liars.has(author) && random.chance(temper.twins) ? 2 + (random.chance(0.1) ? 1 : 0) : 1;
      for (let copy = 0; copy < copies; copy++) {
        const parents = chooseParents(author, round, favourites, shunned);
        if (parents === undefined) break;
        const digest = random.next().toString(16).padStart(8, "0");
        const id = copies === 1 ? `${nameOf(author)}${round}` : `${nameOf(author)}${round}#${digest}`;
        made.push({ id, round, author, digest, parents });
      }
    }
    for (const block of made) byAuthor[block.author]!.push(block);
    blocks.push(...made);
    below = made;
    if (!hasQuorum(made)) break;
  }
  return { thresholds, stakes, schedule, blocks };

  function hasQuorum(some: readonly TestBlock[]): boolean {
    let stake = 0;
    for (const author of new Set(some.map((block) => block.author))) stake += stakes[author]!;
    return stake >= thresholds.parents;
  }

  function chooseParents(
    author: number,
    round: number,
    favourites: Map<number, TestBlock>,
    shunned: readonly boolean[],
  ): TestBlock[] | undefined {
    const taken = new Set<number>([author]);
    const parents: TestBlock[] = [];
    const own = byAuthor[author]!;
    const last = own.at(-1);
    if (last !== undefined)
      parents.push(
        pickTwin(
          own.filter((block) => block.round === last.round),
          favourites,
        ),
      );
    let stake = round === 1 || parents[0]?.round === round - 1 ? stakes[author]! : 0;
    const needed = round === 1 ? 0 : thresholds.parents;
    const missed: TestBlock[][] = [];
    for (const other of random.shuffled(authors)) {
      const twins = below.filter((block) => block.author === other);
      if (taken.has(other) || twins.length === 0) continue;
      if (random.chance(shunned[other] ? 0.9 : temper.missed)) missed.push(twins);
      else take(pickTwin(twins, favourites));
    }
    for (const twins of missed) if (stake < needed) take(pickTwin(twins, favourites));
    if (stake < needed) return undefined;
    for (const other of random.shuffled(authors)) {
      if (taken.has(other) || !random.chance(temper.late)) continue;
      const older = byAuthor[other]!.filter((block) => block.round < round - 1 && block.round >= round - weakDepth);
      if (older.length === 0) continue;
      taken.add(other);
      parents.push(random.chance(0.7) ? older.at(-1)! : random.pick(older));
    }
    return parents;

    function take(block: TestBlock): void {
      taken.add(block.author);
      parents.push(block);
      stake += stakes[block.author]!;
    }
  }

  /** A split temper spreads voters over the twins; otherwise most of them see the same twin first. */
  function pickTwin(twins: readonly TestBlock[], favourites: Map<number, TestBlock>): TestBlock {
    const first = twins[0]!;
    if (temper.split || twins.length === 1) return random.pick(twins);
    let favourite = favourites.get(first.author);
    if (favourite === undefined || favourite.round !== first.round)
      favourites.set(first.author, (favourite = random.pick(twins)));
    return random.chance(0.8) ? favourite : random.pick(twins);
  }
}

/** The blocks in another order in which parents still come first. */
export function causalShuffle(random: TestRandom, blocks: readonly TestBlock[]): TestBlock[] {
  const members = new Set(blocks);
  const missing = new Map<TestBlock, number>();
  const children = new Map<TestBlock, TestBlock[]>();
  const ready: TestBlock[] = [];
  for (const block of blocks) {
    const held = block.parents.filter((parent) => members.has(parent));
    missing.set(block, held.length);
    for (const parent of held) children.set(parent, [...(children.get(parent) ?? []), block]);
    if (held.length === 0) ready.push(block);
  }
  const order: TestBlock[] = [];
  // Deep orders run ahead along one chain, wide ones keep rounds together: take from the end, the start or anywhere.
  const taste = random.below(3);
  while (ready.length > 0) {
    const at = taste === 0 ? ready.length - 1 - random.below(Math.min(2, ready.length)) : random.below(ready.length);
    const [block] = ready.splice(taste === 1 ? 0 : at, 1) as [TestBlock];
    order.push(block);
    for (const child of children.get(block) ?? []) {
      const left = missing.get(child)! - 1;
      missing.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return order;
}

/** A set of blocks with all their ancestors: what one replica may hold. */
export function randomView(random: TestRandom, blocks: readonly TestBlock[]): TestBlock[] {
  const held = new Set<TestBlock>();
  const hold = (block: TestBlock): void => {
    if (held.has(block)) return;
    held.add(block);
    block.parents.forEach(hold);
  };
  const tips = 1 + random.below(blocks.length);
  const within = Math.max(1, Math.ceil(blocks.length * (0.3 + 0.7 * (random.below(100) / 100))));
  for (let tip = 0; tip < tips; tip++) hold(blocks[random.below(within)]!);
  return blocks.filter((block) => held.has(block));
}

function pickWithin(
  random: TestRandom,
  authors: readonly number[],
  stakes: readonly number[],
  bound: number,
): Set<number> {
  const picked = new Set<number>();
  let left = bound;
  for (const author of random.shuffled(authors)) {
    if (stakes[author]! > left) continue;
    picked.add(author);
    left -= stakes[author]!;
  }
  return picked;
}

function nameOf(author: number): string {
  return String.fromCharCode(65 + author);
}
