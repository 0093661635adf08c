// LREM: removes elements that equal a given one, from either end on. What stands together goes in one step.
import type { ByteString } from "../../bytes/byte-string.ts";
import { integer } from "../../reply/reply.ts";
import { type CountedIndex, filtered, isLargePart } from "../../state/counted-index.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const lrem: CommandDefinition = {
  name: "LREM",
  arity: 4,
  flags: ["write"],
  keys: FIRST_KEY,
  summary:
    "Removes elements that equal one: the first `count` of them, the last when `count` is negative, all when it is 0.",
  syntax: "LREM key count element",
  examples: [
    { run: "RPUSH queue a b a b a", reply: "(integer) 5" },
    { run: "LREM queue -2 a", reply: "(integer) 2" },
    { run: "LRANGE queue 0 -1", reply: '1) "a"\n2) "b"\n3) "b"' },
  ],
  run({ keys }, [key, wanted, element]) {
    const count = integerArgument(wanted!);
    const list = keys.readCollection(key!, "list");
    if (list === undefined) return integer(0);
    const places = placesOf(list.index, element!, count === 0 ? Infinity : Math.abs(count), count < 0);
    if (places.length === 0) return integer(0);
    if (isLargePart(places.length, list.index.size)) {
      const gone = new Set(places);
      list.index.replaceAll(filtered(list.index.walk(), (_, place) => !gone.has(place)));
    } else removePlaces(list.index, count >= 0 ? places.reverse() : places);
    keys.saveCollection(key!, list, "lrem");
    return integer(places.length);
  },
};

/** Removes places, the last one first, so that those before stay true. */
function removePlaces(index: CountedIndex, places: readonly number[]): void {
  for (let from = 0; from < places.length; ) {
    let to = from + 1;
    while (to < places.length && places[to] === places[to - 1]! - 1) to++;
    index.removeRange(places[to - 1]!, to - from);
    from = to;
  }
}

/** Places of up to `limit` elements that equal one, in the order in which they are met. */
function placesOf(index: CountedIndex, element: ByteString, limit: number, reverse: boolean): number[] {
  const places: number[] = [];
  let place = reverse ? index.size - 1 : 0;
  for (const [, each] of index.walk(place, reverse)) {
    if (each === element && places.push(place) >= limit) break;
    place += reverse ? -1 : 1;
  }
  return places;
}
