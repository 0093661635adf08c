// What ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX share: a stretch goes, and its length is the answer.
import type { ByteString } from "../../bytes/byte-string.ts";
import { integer, type Reply } from "../../reply/reply.ts";
import type { CommandContext } from "../command.ts";
import { readSortedSet, type SortedSet, type Stretch } from "./sorted-set.ts";

export function removeStretch(
  context: CommandContext,
  key: ByteString,
  stretchOf: (set: SortedSet) => Stretch,
  event: string,
): Reply {
  const set = readSortedSet(context, key);
  if (set === undefined) return integer(0);
  const stretch = stretchOf(set);
  if (stretch.count === 0) return integer(0);
  set.deleteStretch(stretch);
  context.keys.saveCollection(key, set.collection, event);
  return integer(stretch.count);
}
