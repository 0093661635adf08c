// The answer of `quorate decide`: every slot of a DAG file in order, with its verdict and the reason.
import { decide, InvariantError, type Slot } from "@quorate/core";
import type { DagFile, FileBlock } from "./dag-file.ts";
import { DagFileError } from "./dag-file-error.ts";

/** One slot, as the command prints it. What does not apply is left out. */
export interface SlotAnswer {
  readonly slot: { readonly round: number; readonly author: string };
  readonly verdict: "commit" | "skip" | "undecided";
  /** Id of the committed block. */
  readonly block?: string;
  readonly how?: "direct" | "indirect";
  readonly because: string;
}

export interface DagAnswer {
  readonly slots: readonly SlotAnswer[];
}

/** Decides a DAG by the oracle: the rule as it is written down. */
export function decideDagFile(file: DagFile): DagAnswer {
  const { blocks, schedule, committee, throughRound } = file;
  const { thresholds, stakes, members } = committee;
  const names = {
    block: ({ id }: FileBlock) => id,
    slot: ({ round, author }: Slot) => `${members[author]!.name}${round}`,
  };
  const judged = judgeAll(() => decide(blocks, { thresholds, stakes, schedule, throughRound, names }));
  return {
    slots: judged.map(({ slot, verdict, because }) => ({
      slot: { round: slot.round, author: members[slot.author]!.name },
      verdict: verdict.kind,
      ...(verdict.kind === "commit" ? { block: verdict.block.id } : {}),
      ...(verdict.kind === "undecided" ? {} : { how: verdict.how }),
      because,
    })),
  };
}

/** A file may hold more liars than the rule survives; that is the file's doing, not a broken invariant of ours. */
function judgeAll<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof InvariantError) throw new DagFileError(error.message);
    throw error;
  }
}

/** The expectations of a file that its answer does not meet, each as a sentence. */
export function unmetExpectations(file: DagFile, answer: DagAnswer): readonly string[] {
  const found = new Map(answer.slots.map((slot) => [`${slot.slot.author}${slot.slot.round}`, slot]));
  return file.expectations.flatMap((expected) => {
    const name = `${file.committee.members[expected.slot.author]!.name}${expected.slot.round}`;
    const slot = found.get(name);
    if (slot === undefined) return [`${name}: expected ${printOutcome(expected)}, but it is not a slot`];
    const met =
      slot.verdict === expected.verdict &&
      (expected.how === undefined || slot.how === expected.how) &&
      (expected.block === undefined || slot.block === expected.block);
    return met ? [] : [`${name}: expected ${printOutcome(expected)}, found ${printOutcome(slot)}: ${slot.because}`];
  });
}

interface Outcome {
  readonly verdict: string;
  readonly how?: string | undefined;
  readonly block?: string | undefined;
}

/** `commit A3 direct`, as a file would say it. */
export function printOutcome({ verdict, how, block }: Outcome): string {
  return [verdict, block, how].filter((word) => word !== undefined).join(" ");
}
