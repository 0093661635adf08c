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
export function unmetExpectations({ committee, expectations }: DagFile, answer: DagAnswer): readonly string[] {
  const byRound = new Map<number, SlotAnswer[]>();
  for (const slot of answer.slots) {
    const { round } = slot.slot;
    byRound.set(round, [...(byRound.get(round) ?? []), slot]);
  }
  return expectations.flatMap((expected) => {
    const { round, verdict, how, block } = expected;
    const author = expected.author === undefined ? undefined : committee.members[expected.author]!.name;
    const meant = (byRound.get(round) ?? []).filter(({ slot }) => author === undefined || slot.author === author);
    // What is expected of nothing is not met: the file, or the reader of it, means something that is not there.
    if (meant.length === 0) {
      const missing = author === undefined ? `round ${round}` : `${author}${round}`;
      const why = author === undefined ? "it has no slot" : "it is not a slot";
      return [`${missing}: expected ${printOutcome(expected)}, but ${why}`];
    }
    const unmet = meant.filter(
      (slot) =>
        slot.verdict !== verdict ||
        (how !== undefined && slot.how !== how) ||
        (block !== undefined && slot.block !== block),
    );
    return unmet.map((slot) => {
      const name = `${slot.slot.author}${round}`;
      return `${name}: expected ${printOutcome(expected)}, found ${printOutcome(slot)}: ${slot.because}`;
    });
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
