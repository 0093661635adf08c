// When deadlines fall due, said by the log: one that starts at the later of log time and the stamp of its block is carried
// out in the first commit after it in which log time has reached it. Not before, not after, and not twice.
import type { CommitIndex, Millis } from "@quorate/core";
import type { CommandLog } from "./command-log.ts";
import type { Change } from "./exercise.ts";

/** Something that log time will do. */
export interface Deadline {
  /** What it concerns, as the change log names it. */
  readonly key: string;
  readonly at: Millis;
  /** The commit that set it. */
  readonly from: CommitIndex;
  /** The commit that took it back, or set another one in its place. */
  readonly until: CommitIndex | undefined;
}

/** Compares deadlines with the events of the change log that tell of them, as far as it goes back: what is wrong. */
export function checkDeadlines(
  deadlines: readonly Deadline[],
  { events, prefix }: { readonly events: readonly string[]; readonly prefix: string },
  { changes, log }: { readonly changes: readonly Change[]; readonly log: CommandLog },
): readonly string[] {
  // The first commit may not be there as a whole.
  const first = changes[0] === undefined ? Number.POSITIVE_INFINITY : changes[0].index + 1;
  const due = new Map<string, Deadline>();
  for (const deadline of deadlines) {
    const { at, from, key, until } = deadline;
    const index = log.commitAt(at, from);
    // In one commit deadlines come before commands.
    if (index !== undefined && index >= first && (until === undefined || index <= until))
      due.set(`${key} in ${index}`, deadline);
  }
  const faults: string[] = [];
  for (const { event, index, key } of changes) {
    if (index < first || !events.includes(event) || !key.startsWith(prefix)) continue;
    if (!due.delete(`${key} in ${index}`))
      faults.push(`${key}: ${event} in commit ${index} (log time ${log.times.get(index)}), and was not due then`);
  }
  for (const [what, { at }] of due) faults.push(`${what} was due (at ${at}), and nothing happened`);
  return faults;
}
