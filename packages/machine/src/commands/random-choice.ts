// Choosing among the entries of a collection by rank, as SRANDMEMBER, HRANDFIELD and SPOP do. Chance comes from the
// commit, so every replica chooses alike.
import type { ByteString } from "../bytes/byte-string.ts";
import { INT64_MAX, int64 } from "./arguments.ts";
import type { CommandContext } from "./command.ts";
import { CommandError, ReplyTooLarge } from "./command-error.ts";
import type { Random } from "./random.ts";

/** How many to choose: negative means with repetition. `pairs` when each choice gives two elements. */
export function choiceCount(arg: ByteString, pairs = false): number {
  const count = int64(arg);
  const bound = pairs ? INT64_MAX / 2n : INT64_MAX;
  if (count >= -bound && count <= bound) return Number(count);
  const told = count < -INT64_MAX ? `, value must between -${INT64_MAX} and ${INT64_MAX}` : "";
  throw new CommandError(`ERR value is out of range${told}`);
}

/** `count` of the ranks from 0 to `size` - 1, each set of them as likely as any other; all when there are no more. */
export function distinctRanks(random: Random, size: number, count: number): number[] {
  if (count >= size) return Array.from({ length: size }, (_, rank) => rank);
  // Floyd's sampling: one number each, however close `count` is to `size`.
  const chosen = new Set<number>();
  for (let last = size - count; last < size; last++) {
    const rank = random.below(last + 1);
    chosen.add(chosen.has(rank) ? last : rank);
  }
  return [...chosen];
}

/**
 * What a rank gives, for each of `count` ranks chosen one by one, a rank as often as chance will have it. Nothing bounds
 * `count` but what a reply may hold, so that is watched along the way.
 */
export function repeatedChoices<T>(
  { random, config }: CommandContext,
  size: number,
  count: number,
  choose: (rank: number) => { readonly chosen: T; readonly bytes: number },
): T[] {
  const choices: T[] = [];
  let bytes = 16 * count;
  for (let left = count; left > 0; left--) {
    if (bytes > config.replyBytesMax)
      throw new ReplyTooLarge(`ERR the reply would exceed the maximum of ${config.replyBytesMax} bytes`);
    const { chosen, bytes: more } = choose(random.below(size));
    bytes += more;
    choices.push(chosen);
  }
  return choices;
}
