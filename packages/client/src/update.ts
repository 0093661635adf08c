// Optimistic updates: read, decide, write, and begin again if a key that was decided by has changed meanwhile. Nothing is
// locked, and nobody's change is lost.

import type { Client } from "./client.ts";
import type { Patience } from "./clock.ts";
import { sleep } from "./clock.ts";
import { type Command, type RepliesOf, read, type Word, write } from "./command.ts";
import { PipelineError, QuorateError, RejectedError } from "./errors.ts";
import { mapOutcome, type Outcome } from "./outcome.ts";
import { integer, list, tuple } from "./reply.ts";
import { splitRefusal } from "./sending/split-refusal.ts";
import { queued } from "./transaction.ts";

/** The last revision given; whatever happens later has a higher one. */
export const lastRevision: Command<number> = read((reply) => integer(tuple(reply, 2)[1]!), "CHANGES.RANGE");

const PAUSE_MS_MAX = 200;

export async function update<const C extends readonly Command[]>(
  client: Client,
  keys: readonly Word[],
  decide: (client: Client) => Promise<C | undefined> | C | undefined,
  patience: Patience,
): Promise<RepliesOf<C> | undefined> {
  for (let attempt = 1; ; attempt++) {
    // Read before anything else: whatever changes a key after this is noticed.
    const revision = await client.run(lastRevision);
    const commands = await decide(client);
    if (commands === undefined) return undefined;
    const watched = keys.flatMap((key) => [key, revision]);
    const replies = await client.run(write((reply) => reply, "TXN.EXEC", keys.length, ...watched, ...queued(commands)));
    if (replies !== null) return repliesOf(commands, list((reply) => reply)(replies));
    if (patience.over) {
      throw new QuorateError(
        "CONFLICT",
        `the keys ${keys.map(String).join(", ")} were changed by others during each of ${attempt} tries, so nothing ` +
          "was written; try again later, give it more time, or take a lock first",
      );
    }
    await sleep(Math.random() * Math.min(PAUSE_MS_MAX, 2 ** attempt), patience.signal);
  }
}

/** Each command answers for itself: one that is refused undoes itself, not the others. */
function repliesOf<C extends readonly Command[]>(
  commands: C,
  replies: Parameters<Command["decode"]>[0][],
): RepliesOf<C> {
  const outcomes = replies.map((reply, at): Outcome<unknown> => {
    const refusal = splitRefusal(reply);
    if (refusal !== undefined)
      return { kind: "rejected", error: new RejectedError(refusal.code, `${refusal.code} ${refusal.message}`) };
    return mapOutcome({ kind: "committed", value: reply, index: undefined }, commands[at]!.decode);
  });
  return valuesOf(outcomes) as RepliesOf<C>;
}

/** The values of all, or an error that tells of each. */
export function valuesOf(outcomes: readonly Outcome<unknown>[]): unknown[] {
  const bad = outcomes.filter(({ kind }) => kind !== "committed");
  const first = bad[0];
  if (first === undefined) return outcomes.map((outcome) => (outcome.kind === "committed" ? outcome.value : undefined));
  const at = outcomes.indexOf(first);
  const cause = first.kind === "committed" ? undefined : first.error;
  throw new PipelineError(
    `${bad.length} of ${outcomes.length} commands were not committed; the others were, and \`outcomes\` tells which. ` +
      `Command ${at + 1}: ${cause?.message}`,
    outcomes,
    { cause },
  );
}
