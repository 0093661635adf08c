// What the list commands share: pushing to an end, popping from one. A list is a counted index ordered by position, so
// both ends and every place between are a path away. A list that became empty is a key that is gone.
import type { ByteString } from "../../bytes/byte-string.ts";
import { integer, type Reply } from "../../reply/reply.ts";
import type { Collection } from "../../state/keyspace.ts";
import { rangedInteger, word } from "../arguments.ts";
import type { CommandContext } from "../command.ts";
import { syntaxError } from "../command-error.ts";

export type ListEnd = "left" | "right";

/** LEFT or RIGHT. */
export function endArgument(arg: ByteString): ListEnd {
  const end = word(arg);
  if (end === "left" || end === "right") return end;
  throw syntaxError();
}

/** How many elements to pop: 0 or more. */
export function popCount(arg: ByteString): number {
  return rangedInteger(arg, 0, Infinity, "ERR value is out of range, must be positive");
}

/** Pushes elements one after the other and answers the new length. */
export function pushElements(
  { keys }: CommandContext,
  key: ByteString,
  elements: readonly ByteString[],
  end: ListEnd,
): Reply {
  const list = keys.editCollection(key, "list");
  for (const element of elements) push(list, element, end);
  keys.saveCollection(key, list, end === "left" ? "lpush" : "rpush");
  return integer(list.index.size);
}

/** As `pushElements`, but makes no list where there is none. */
export function pushToExisting(
  context: CommandContext,
  key: ByteString,
  elements: readonly ByteString[],
  end: ListEnd,
): Reply {
  if (context.keys.readAs(key, "list") === undefined) return integer(0);
  return pushElements(context, key, elements, end);
}

export function push({ index }: Collection, element: ByteString, end: ListEnd): void {
  index.insertAt(end === "left" ? 0 : index.size, element);
}

/** Takes up to `count` elements from an end, the outermost first, and saves what is left. */
export function popElements(
  { keys }: CommandContext,
  key: ByteString,
  list: Collection,
  end: ListEnd,
  count: number,
): readonly ByteString[] {
  const { index } = list;
  const taken = Math.min(count, index.size);
  const entries = end === "left" ? index.slice(0, taken) : index.slice(index.size - 1, taken, true);
  const first = end === "left" ? 0 : index.size - taken;
  if (taken === 1) index.removeAt(first);
  else index.removeRange(first, taken);
  keys.saveCollection(key, list, end === "left" ? "lpop" : "rpop");
  return entries.map(([, element]) => element);
}
