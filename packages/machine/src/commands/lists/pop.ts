// What LPOP and RPOP do: without a count they answer an element, with one an array, and RESP2 tells both kinds of
// nothing apart.
import { array, bulk, EMPTY_ARRAY, NULL, NULL_ARRAY, type Reply } from "../../reply/reply.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { wrongArity } from "../command-error.ts";
import { type ListEnd, popCount, popElements } from "./list.ts";

export function pop(context: CommandContext, name: string, [key, wanted, ...rest]: Arguments, end: ListEnd): Reply {
  if (rest.length > 0) throw wrongArity(name);
  const count = wanted === undefined ? undefined : popCount(wanted);
  const list = context.keys.readCollection(key!, "list");
  if (list === undefined) return count === undefined ? NULL : NULL_ARRAY;
  if (count === 0) return EMPTY_ARRAY;
  const elements = popElements(context, key!, list, end, count ?? 1);
  return count === undefined ? bulk(elements[0]!) : array(elements.map(bulk));
}
