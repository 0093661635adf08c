// LMOVE: takes an element from an end of one list and puts it to an end of another, which may be the same.
import type { ByteString } from "../../bytes/byte-string.ts";
import { bulk, NULL, type Reply } from "../../reply/reply.ts";
import type { CommandContext, CommandDefinition } from "../command.ts";
import { endArgument, type ListEnd, popElements, push } from "./list.ts";

export const lmove: CommandDefinition = {
  name: "LMOVE",
  arity: 5,
  flags: ["write", "grows"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Takes an element from an end of one list, puts it to an end of another or the same, and answers it.",
  syntax: "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
  examples: [
    { run: "RPUSH waiting a b c", reply: "(integer) 3" },
    { run: "LMOVE waiting running LEFT RIGHT", reply: '"a"' },
    { run: "LRANGE running 0 -1", reply: '1) "a"' },
    { run: "LMOVE missing running LEFT RIGHT", reply: "(nil)" },
  ],
  run: (context, [source, target, from, to]) =>
    moveElement(context, source!, target!, endArgument(from!), endArgument(to!)),
};

export function moveElement(
  context: CommandContext,
  source: ByteString,
  target: ByteString,
  from: ListEnd,
  to: ListEnd,
): Reply {
  const { keys } = context;
  const list = keys.readCollection(source, "list");
  if (list === undefined) return NULL;
  const pushed = to === "left" ? "lpush" : "rpush";
  if (source === target) {
    const { index } = list;
    const place = from === "left" ? 0 : index.size - 1;
    const [, element] = index.at(place)!;
    index.removeAt(place);
    push(list, element, to);
    // Two changes, as watchers of Redis's events are told.
    keys.saveCollection(source, list, pushed);
    keys.saveCollection(source, list, from === "left" ? "lpop" : "rpop");
    return bulk(element);
  }
  const other = keys.editCollection(target, "list");
  const [, element] = list.index.at(from === "left" ? 0 : list.index.size - 1)!;
  push(other, element, to);
  keys.saveCollection(target, other, pushed);
  popElements(context, source, list, from, 1);
  return bulk(element);
}
