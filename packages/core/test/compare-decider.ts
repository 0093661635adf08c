// Runs the incremental decider over one order of arrival and holds every verdict, and the output, against the oracle's.
import { Decider, type Decision, InvariantError, type Schedule, type Slot, type Thresholds } from "@quorate/core";
import type { TestBlock } from "./random-dag.ts";

/** A disagreement, with what is needed to see it again. */
export class Disagreement extends Error {
  override readonly name = "Disagreement";
}

/** Breaks the decider, never the oracle: for canaries. */
export interface Mutation {
  readonly thresholds?: (sound: Thresholds) => Thresholds;
  readonly tieBreak?: "arrival";
}

export interface Ruled {
  readonly thresholds: Thresholds;
  readonly stakes: readonly number[];
  readonly schedule: Schedule;
}

export interface Comparison {
  /** What the oracle says of each slot of the whole DAG. */
  readonly wanted: ReadonlyMap<string, string>;
  /** Whether `order` is the whole DAG; a part of it may leave more undecided. */
  readonly whole: boolean;
  readonly mutate?: Mutation;
  readonly label: string;
}

interface Judged {
  readonly slot: Slot;
  readonly verdict: { readonly kind: string; readonly block?: { readonly id: string } };
}

/** Verdicts as text, by slot. */
export function outcomes(judged: readonly Judged[]): Map<string, string> {
  return new Map(judged.map(({ slot, verdict }) => [slotKey(slot), outcome(verdict)]));
}

/** Feeds the blocks in this order; returns what was output, or throws a `Disagreement`. */
export function compareDecider(
  dag: Ruled,
  order: readonly TestBlock[],
  { wanted, whole, mutate = {}, label }: Comparison,
): readonly Decision<TestBlock>[] {
  const { stakes, schedule } = dag;
  const thresholds = mutate.thresholds?.(dag.thresholds) ?? dag.thresholds;
  const decider = new Decider<TestBlock>({ thresholds, stakes, schedule, tieBreak: mutate.tieBreak ?? "digest" });
  const fail = (what: string): never => {
    throw new Disagreement(`${label}: ${what}`);
  };
  const output: Decision<TestBlock>[] = [];
  try {
    for (const block of order) output.push(...decider.accept(block));
  } catch (error) {
    // The decider finds some contradictions by itself; here they count like those that only show in comparison.
    if (error instanceof InvariantError) fail(error.message);
    throw error;
  }
  let frontier = 0;
  let stuck = false;
  const highest = Math.max(...order.map((block) => block.round));
  for (let round = 1; round <= highest; round++) {
    for (const author of schedule(round)) {
      const slot = { round, author };
      const key = slotKey(slot);
      const verdict = decider.verdict(slot) ?? fail(`${key} is unknown`);
      const expected = wanted.get(key);
      if (outcome(verdict) !== expected && (whole || verdict.kind !== "undecided"))
        fail(`${key} is ${outcome(verdict)}, not ${expected}: ${decider.explain(slot)}`);
      if (verdict.kind === "undecided" && !stuck) {
        stuck = true;
        const first = slotKey(decider.firstUndecided);
        if (first !== key) fail(`first undecided is ${first}, not ${key}`);
      }
      if (stuck) continue;
      const decision = output[frontier++] ?? fail(`${key} was never output`);
      if (slotKey(decision.slot) !== key) fail(`output ${slotKey(decision.slot)} where ${key} was due`);
      if (outcome(decision.verdict) !== expected) fail(`${key} was output as ${outcome(decision.verdict)}`);
    }
  }
  if (frontier !== output.length) fail("more was output than is decided without gap");
  return output;
}

function outcome(verdict: Judged["verdict"]): string {
  return verdict.block === undefined ? verdict.kind : `commit ${verdict.block.id}`;
}

function slotKey({ round, author }: Slot): string {
  return `${author}@${round}`;
}
