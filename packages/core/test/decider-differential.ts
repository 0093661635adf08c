// Holds the incremental decider against the oracle on random DAGs. For each DAG: the same verdicts under shuffled orders
// of arrival, verdicts that only ever grow, output in slot order without gap or repeat, and partial views that never
// contradict the whole. Prints what mix of verdicts was met, so that a run of only easy cases cannot pass for proof.
import { decide, type Schedule, type Thresholds, thresholdsOf } from "@quorate/core";
import { compareDecider, Disagreement, type Mutation, outcomes } from "./compare-decider.ts";
import { TestRandom } from "./random.ts";
import { causalShuffle, type DagShape, randomDag, randomView } from "./random-dag.ts";

export interface DifferentialReport {
  readonly dags: number;
  readonly blocks: number;
  readonly slots: number;
  readonly verdicts: Readonly<
    Record<"direct commit" | "direct skip" | "indirect commit" | "indirect skip" | "undecided", number>
  >;
  /** Indirect commits by votes where three rounds are the rule. */
  readonly weakRung: number;
  readonly certificateRung: number;
  /** Indirect commits that chose between twins. */
  readonly ties: number;
  readonly slowPath: number;
  readonly views: number;
}

interface Config {
  readonly stakes: readonly number[];
  readonly thresholds: Thresholds;
}

const CFT2: readonly (readonly [stakes: readonly number[], crash: number])[] = [
  [[1, 1, 1], 1],
  [[1, 1, 1, 1], 1],
  [[1, 1, 1, 1, 1], 2],
  [[1, 1, 1, 1, 1], 1],
  [[3, 1, 1, 1, 1], 3],
  [[1, 1, 1, 1, 1, 1, 1], 3],
  [[2, 1, 3, 1, 2, 2], 4],
  [[1, 1, 1, 1, 1, 1, 1, 1], 3],
  [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 4],
];

const HYB3: readonly (readonly [stakes: readonly number[], byzantine: number, crash: number])[] = [
  [[1, 1, 1], 0, 1],
  [[1, 1, 1, 1], 1, 0],
  [[1, 1, 1, 1, 1], 1, 0],
  [[1, 1, 1, 1, 1], 0, 2],
  [[1, 1, 1, 1, 1, 1], 1, 1],
  [[1, 1, 1, 1, 1, 1], 1, 0],
  [[1, 1, 1, 1, 1, 1, 1], 2, 0],
  [[1, 1, 1, 1, 1, 1, 1], 1, 1],
  [[2, 1, 1, 2, 1, 1], 2, 0],
  [[3, 2, 1, 1, 2, 1], 2, 1],
  [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 3, 0],
  [[1, 1, 1, 1, 1, 1, 1, 1, 1], 2, 1],
];

/** Committees whose sets take several words. */
const WIDE: readonly (readonly [stakes: readonly number[], byzantine: number, crash: number])[] = [
  [new Array<number>(33).fill(1), 5, 6],
  [new Array<number>(40).fill(1), 13, 0],
  [Array.from({ length: 35 }, (_, author) => 1 + (author % 7)), 30, 20],
  [new Array<number>(70).fill(1), 0, 23],
];

export interface DifferentialOptions {
  readonly seed: number;
  readonly count: number;
  /** Orders of arrival per DAG. */
  readonly orders?: number;
  /** Committees of 33 to 70 members instead of 3 to 10. */
  readonly wide?: boolean;
  /** Breaks the decider, never the oracle: for canaries. */
  readonly mutate?: Mutation;
}

export function runDeciderDifferential(options: DifferentialOptions): DifferentialReport {
  const report = {
    dags: 0,
    blocks: 0,
    slots: 0,
    verdicts: { "direct commit": 0, "direct skip": 0, "indirect commit": 0, "indirect skip": 0, undecided: 0 },
    weakRung: 0,
    certificateRung: 0,
    ties: 0,
    slowPath: 0,
    views: 0,
  };
  for (let index = 0; index < options.count; index++) {
    const seed = options.seed + index;
    const random = new TestRandom(seed);
    const dag = randomDag(random, shapeOf(random, index, options.wide ?? false));
    const told = decide(dag.blocks, dag);
    report.dags++;
    report.blocks += dag.blocks.length;
    for (const { verdict, because } of told) {
      report.slots++;
      report.verdicts[verdict.kind === "undecided" ? "undecided" : (`${verdict.how} ${verdict.kind}` as const)]++;
      if (verdict.kind !== "commit") continue;
      if (because.includes("qualify")) report.ties++;
      if (dag.thresholds.wave !== 3) continue;
      if (because.includes(" link")) report.weakRung++;
      if (because.startsWith("a certificate")) report.certificateRung++;
      if (because.includes("certificates (")) report.slowPath++;
    }
    const wanted = outcomes(told);
    const { mutate = {} } = options;
    const label = `seed ${seed}`;
    for (let order = 0; order < (options.orders ?? 2); order++)
      compareDecider(dag, causalShuffle(random, dag.blocks), { wanted, whole: true, mutate, label });
    // What another replica holds is a part of this DAG: its verdicts may be fewer, never others.
    const view = randomView(random, dag.blocks);
    compareDecider(dag, causalShuffle(random, view), { wanted, whole: false, mutate, label });
    for (const [slot, seen] of outcomes(decide(view, dag)))
      if (seen !== "undecided" && seen !== wanted.get(slot))
        throw new Disagreement(`${label}: a view decides ${slot} as ${seen}, the whole ${wanted.get(slot)}`);
    report.views++;
  }
  return report;
}

function shapeOf(random: TestRandom, index: number, wide: boolean): DagShape {
  const config = wide ? hyb3(random, WIDE) : index % 5 === 0 ? cft2(random) : hyb3(random, HYB3);
  const count = config.stakes.length;
  const { wave } = config.thresholds;
  const shape = { ...config, rounds: 11 + random.below(6), weakDepth: 2 + random.below(6) };
  if (random.chance(0.1)) return { ...shape, schedule: patchwork(random, count, shape.rounds) };
  const heads = random.pick([1, 2, count, count]);
  const schedule = (round: number): readonly number[] =>
    Array.from({ length: heads }, (_, rank) => (Math.floor(round / wave) + rank) % count);
  return { ...shape, schedule };
}

/** Any members in any order own the slots of a round, and of some rounds nobody. */
function patchwork(random: TestRandom, count: number, rounds: number): Schedule {
  const authors = Array.from({ length: count }, (_, author) => author);
  const owners = Array.from({ length: rounds + 1 }, () => random.shuffled(authors).slice(0, random.below(count + 1)));
  return (round) => owners[round] ?? authors;
}

function cft2(random: TestRandom): Config {
  const [stakes, crash] = random.pick(CFT2);
  return { stakes, thresholds: thresholdsOf({ rule: "cft2", total: sum(stakes), crash, byzantine: 0 }) };
}

function hyb3(random: TestRandom, committees: typeof HYB3): Config {
  const [stakes, byzantine, crash] = random.pick(committees);
  return { stakes, thresholds: thresholdsOf({ rule: "hyb3", total: sum(stakes), crash, byzantine }) };
}

function sum(stakes: readonly number[]): number {
  return stakes.reduce((total, stake) => total + stake, 0);
}
