// What a block costs the decider, by size of the committee. Blocks are made first and only their acceptance is timed, with
// forgetting as a replica does it.
import { type DagBlock, Decider, type Thresholds, thresholds } from "@quorate/core";
import { againstSmallest, type Growth } from "./growth.ts";

export interface DeciderRow {
  readonly situation: string;
  readonly members: number;
  readonly blocks: number;
  readonly microsecondsPerBlock: number;
}

interface Situation {
  readonly name: string;
  readonly rule: (members: number) => Thresholds;
  /** Whether an author makes blocks. */
  readonly alive: (author: number, members: number) => boolean;
  /** Whether a block of this author leaves out that author's block of the round below. */
  readonly misses: (author: number, parent: number, members: number) => boolean;
  /** Whether rounds are decided and can be forgotten. */
  readonly decides: boolean;
}

const unit = (members: number): number[] => new Array<number>(members).fill(1);
const crash = (members: number): Thresholds =>
  thresholds(unit(members), { crash: Math.floor((members - 1) / 2), byzantine: 0 });
const byzantine = (members: number): Thresholds =>
  thresholds(unit(members), { crash: 0, byzantine: Math.floor((members - 1) / 3) });
const everybody = (): boolean => true;
const nothing = (): boolean => false;

const SITUATIONS: readonly Situation[] = [
  { name: "cft2, everybody up", rule: crash, alive: everybody, misses: nothing, decides: true },
  { name: "hyb3, everybody up", rule: byzantine, alive: everybody, misses: nothing, decides: true },
  {
    name: "hyb3, one down: all by certificates",
    rule: byzantine,
    alive: (author, members) => author < members - 1,
    misses: nothing,
    decides: true,
  },
  {
    // Every block is missed by half of the members: no slot is decided, and every round stays.
    name: "cft2, nothing decidable",
    rule: (members) => ({ ...crash(members), commit: members + 1, skip: members + 1 }),
    alive: everybody,
    misses: (author, parent, members) => author !== parent && (author + parent) % members < members / 3,
    decides: false,
  },
];

const SIZES = [4, 20, 100];

export function benchDecider(): readonly (DeciderRow & Growth)[] {
  return SITUATIONS.flatMap((situation) =>
    againstSmallest(
      SIZES.map((members) => measure(situation, members)),
      ({ microsecondsPerBlock }) => microsecondsPerBlock,
    ),
  );
}

function measure(situation: Situation, members: number): DeciderRow {
  const rounds = Math.max(60, Math.ceil(20_000 / members));
  const dag = build(situation, { members, rounds });
  const blocks = dag.reduce((count, round) => count + round.length, 0);
  const runs = Array.from({ length: 7 }, () => time(situation, { members, dag }) / blocks).sort((a, b) => a - b);
  return { situation: situation.name, members, blocks, microsecondsPerBlock: runs[3]! };
}

function build(situation: Situation, { members, rounds }: { members: number; rounds: number }): DagBlock[][] {
  const dag: DagBlock[][] = [];
  for (let round = 1; round <= rounds; round++) {
    const below = dag.at(-1) ?? [];
    const made: DagBlock[] = [];
    for (let author = 0; author < members; author++) {
      if (!situation.alive(author, members)) continue;
      const parents = below.filter((parent) => !situation.misses(author, parent.author, members));
      made.push({ round, author, digest: `${author}`, parents });
    }
    dag.push(made);
  }
  return dag;
}

function time(situation: Situation, { members, dag }: { members: number; dag: readonly DagBlock[][] }): number {
  const rule = situation.rule(members);
  const rotations = unit(members).map((_, head) => unit(members).map((_, rank) => (head + rank) % members));
  const schedule = (round: number): readonly number[] => rotations[Math.floor(round / rule.wave) % members]!;
  const decider = new Decider<DagBlock>({ thresholds: rule, stakes: unit(members), schedule });
  let decided = 0;
  const start = process.hrtime.bigint();
  for (const round of dag) {
    for (const block of round) decided += decider.accept(block).length;
    if (situation.decides) decider.forget(decider.firstUndecided.round);
  }
  const microseconds = Number(process.hrtime.bigint() - start) / 1000;
  if (decided > 0 !== situation.decides) throw new Error(`${situation.name}: ${decided} slots decided`);
  return microseconds;
}
