// Commands over lists.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";
import { misspoken } from "./sets.ts";

/** Few enough that lists hold the same element often. */
function element(chance: Chance): string {
  return chance.weighted([8, () => `e${chance.below(6)}`], [2, () => chance.value()])();
}

/** A number of elements. */
function count(chance: Chance): string {
  return chance.once(6) ? chance.integer() : String(chance.between(-1, 5));
}

function end(chance: Chance): string {
  return chance.once(30) ? chance.pick(["", "MIDDLE", "MIN"]) : chance.cased(chance.pick(["LEFT", "RIGHT"]));
}

function lposOptions(chance: Chance): string[] {
  return chance
    .some(0, 3, () =>
      chance.weighted(
        // Redis 7.0 overflows when it negates the least integer; the machine refuses it, as later versions do.
        [6, () => [chance.cased("RANK"), count(chance).replace("-9223372036854775808", "0")]],
        [6, () => [chance.cased("COUNT"), count(chance)]],
        [6, () => [chance.cased("MAXLEN"), count(chance)]],
        [1, () => [chance.pick(["RANK", "COUNT", "MAXLEN", "LIMIT"])]],
      )(),
    )
    .flat();
}

/** Arguments of LMPOP and ZMPOP. Redis takes 2^63 - 1 for a number of keys and then reads beyond its arguments. */
export function multiPopWords(chance: Chance, endWord: () => string): string[] {
  const keys = chance.some(1, 4, () => chance.key());
  const number = chance.once(12) ? chance.pick(["0", "-1", "9", "abc", "", "1.0"]) : String(keys.length);
  const option = (): string[] => [chance.once(20) ? "LIMIT" : chance.cased("COUNT"), count(chance)];
  return [number, ...keys, endWord(), ...(chance.once(2) ? option() : []), ...(chance.once(25) ? option() : [])];
}

export const lists: Generator = (chance) => {
  const key = chance.key();
  const elements = (): string[] => chance.some(1, 5, () => element(chance));
  const make = chance.weighted<() => Words>(
    [16, () => [chance.pick(["LPUSH", "RPUSH"]), key, ...elements()]],
    [4, () => [chance.pick(["LPUSHX", "RPUSHX"]), key, ...elements()]],
    [5, () => [chance.pick(["LPOP", "RPOP"]), key]],
    [5, () => [chance.pick(["LPOP", "RPOP"]), key, count(chance)]],
    [2, () => ["LLEN", key]],
    [6, () => ["LRANGE", key, chance.index(), chance.index()]],
    [3, () => ["LRANGE", key, "0", "-1"]],
    [5, () => ["LINDEX", key, chance.index()]],
    [5, () => ["LSET", key, chance.index(), element(chance)]],
    [
      5,
      () => [
        "LINSERT",
        key,
        chance.once(20) ? "BESIDE" : chance.cased(chance.pick(["BEFORE", "AFTER"])),
        element(chance),
        element(chance),
      ],
    ],
    [5, () => ["LREM", key, count(chance), element(chance)]],
    [5, () => ["LTRIM", key, chance.index(), chance.index()]],
    [8, () => ["LPOS", key, element(chance), ...lposOptions(chance)]],
    [6, () => ["LMOVE", key, chance.key(), end(chance), end(chance)]],
    [3, () => ["LMOVE", key, key, end(chance), end(chance)]],
    [4, () => ["RPOPLPUSH", key, chance.key()]],
    [5, () => ["LMPOP", ...multiPopWords(chance, () => end(chance))]],
    [1, () => ["SET", key, chance.value()]],
    [1, () => ["DEL", key]],
    [1, () => ["EXPIRE", key, "100000"]],
    [2, () => ["TTL", key]],
    [2, () => [chance.pick(["TYPE", "EXISTS"]), key]],
  );
  const [name, ...rest] = misspoken(chance, make());
  return [[chance.cased(name!), ...rest]];
};
