// What ZPOPMIN, ZPOPMAX and ZMPOP share: members taken from the low or the high end, the outermost first.
import type { ByteString } from "../../bytes/byte-string.ts";
import { array, bulk, double, EMPTY_ARRAY, type Reply } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { popCount } from "../lists/list.ts";
import { membersReply } from "./replies.ts";
import { readSortedSet, type ScoredMember, type SortedSet } from "./sorted-set.ts";

export type SortedEnd = "min" | "max";

/** MIN or MAX. */
export function sortedEndArgument(arg: ByteString): SortedEnd {
  const end = word(arg);
  if (end === "min" || end === "max") return end;
  throw syntaxError();
}

/** ZPOPMIN and ZPOPMAX. */
export function popReply(context: CommandContext, [key, wanted, ...rest]: Arguments, end: SortedEnd): Reply {
  if (rest.length > 0) throw syntaxError();
  const count = wanted === undefined ? undefined : popCount(wanted);
  const set = readSortedSet(context, key!);
  if (set === undefined || count === 0) return EMPTY_ARRAY;
  const popped = popMembers(context, key!, set, end, count ?? 1);
  if (count !== undefined) return membersReply(popped, true);
  // One member without being asked how many: flat in every protocol.
  return array(popped.flatMap(({ member, score }) => [bulk(member), double(score)]));
}

/** Takes up to `count` members from an end and saves what is left. */
export function popMembers(
  { keys }: CommandContext,
  key: ByteString,
  set: SortedSet,
  end: SortedEnd,
  count: number,
): readonly ScoredMember[] {
  const taken = Math.min(count, set.size);
  const stretch = { first: end === "min" ? 0 : set.size - taken, count: taken };
  const members = set.slice(stretch, end === "max");
  set.deleteStretch(stretch);
  keys.saveCollection(key, set.collection, end === "min" ? "zpopmin" : "zpopmax");
  return members;
}
