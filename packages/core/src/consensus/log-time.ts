// Log time: the one clock that every replica reads alike. A commit's time is the median of what its anchor's parents say,
// weighted by stake, and never goes back. Members with less than half of that stake cannot move the median out of the
// range of what the others say, and the parent quorum P > 2f leaves liars less than half.
import type { Millis } from "../ids.ts";
import type { Linked } from "./linearizer.ts";
import { ToldTimes } from "./told-times.ts";

export interface CommitTimeQuestion<B> {
  /** Log time of the commit before; 0 before the first. */
  readonly previous: Millis;
  readonly anchor: B;
  /** Stake by author index. */
  readonly stakes: readonly number[];
  readonly timestampOf: (block: B) => Millis;
}

/** Log time of the commit with this anchor. An anchor of round 1 has no parents that tell a time: time stands still. */
export function commitTime<B extends Linked<B>>(question: CommitTimeQuestion<B>): Millis {
  const { previous, anchor, stakes, timestampOf } = question;
  const told = new ToldTimes();
  for (const parent of anchor.parents) {
    if (parent.round !== anchor.round - 1 || parent.round === 0) continue;
    told.add(saturated(timestampOf(parent)), stakes[parent.author]!);
  }
  return Math.max(previous, told.reached(told.stake / 2) ?? 0);
}

/** A poisoned timestamp is only a very late one: it must not turn sums and comparisons into nonsense. */
function saturated(time: Millis): Millis {
  return time > 0 ? Math.min(Math.trunc(time), Number.MAX_SAFE_INTEGER) : 0;
}
