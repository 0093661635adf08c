// Commands over sets.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";

/** Few enough that sets share members. */
function member(chance: Chance): string {
  return chance.weighted(
    [6, () => `m${chance.below(12)}`],
    [4, () => String(chance.between(-6, 6))],
    [1, () => chance.value()],
  )();
}

/** How many to choose. Redis would really send two thousand million elements, so no large negative number is here. */
export function choiceCount(chance: Chance): string {
  const count = chance.once(3) ? chance.integer() : String(chance.between(-6, 12));
  return count === "-2147483649" ? "1000" : count;
}

/** A cursor and options for the scans. COUNT 1000 gets all there is, in one step of either server. */
export function scanWords(chance: Chance, pattern: () => string): string[] {
  const option = (): string[] =>
    chance.weighted(
      [4, () => ["COUNT", "1000"]],
      [2, () => ["COUNT", chance.integer()]],
      [4, () => ["MATCH", pattern()]],
      [1, () => [chance.pick(["COUNT", "MATCH", "TYPE", ""]), ...chance.some(0, 1, () => "set")]],
    )();
  return [chance.once(8) ? chance.integer() : "0", ...chance.some(0, 3, option).flat()];
}

/** Now and then a word too few or too many. */
export function misspoken(chance: Chance, words: Words): Words {
  if (chance.once(50)) return words.slice(0, -1);
  return chance.once(50) ? [...words, "extra"] : words;
}

function cardinality(chance: Chance): Words {
  const keys = chance.some(1, 3, () => chance.key());
  const number = chance.once(10) ? chance.integer() : String(keys.length);
  const limit = (): string[] => [
    chance.once(20) ? "LIMITS" : chance.cased("LIMIT"),
    chance.once(6) ? chance.integer() : String(chance.below(5)),
  ];
  return ["SINTERCARD", number, ...keys, ...(chance.once(2) ? limit() : []), ...(chance.once(20) ? limit() : [])];
}

export const sets: Generator = (chance) => {
  const key = chance.key();
  const members = (most: number): string[] => chance.some(1, most, () => member(chance));
  const keys = (): string[] => chance.some(1, 4, () => chance.key());
  const make = chance.weighted<() => readonly Words[]>(
    [14, () => [["SADD", key, ...members(6)]]],
    [5, () => [["SREM", key, ...members(4)]]],
    [4, () => [["SISMEMBER", key, member(chance)]]],
    [3, () => [["SMISMEMBER", key, ...members(4)]]],
    [3, () => [["SCARD", key]]],
    [5, () => [["SMEMBERS", key]]],
    [6, () => [["SMOVE", key, chance.key(), member(chance)]]],
    [4, () => [[chance.pick(["SUNION", "SINTER", "SDIFF"]), ...keys()]]],
    [6, () => [[chance.pick(["SUNIONSTORE", "SINTERSTORE", "SDIFFSTORE"]), chance.key(), ...keys()]]],
    [5, () => [cardinality(chance)]],
    [2, () => [["SRANDMEMBER", key]]],
    [3, () => [["SRANDMEMBER", key, choiceCount(chance)]]],
    [2, () => [["SRANDMEMBER", key, "1000"]]],
    // What chance took away would be missed later on in one server and not in the other, so the rest goes too.
    [
      2,
      () => [
        ["SPOP", key],
        ["DEL", key],
      ],
    ],
    [
      2,
      () => [
        ["SPOP", key, choiceCount(chance)],
        ["SCARD", key],
        ["DEL", key],
      ],
    ],
    [
      1,
      () => [
        ["SPOP", key, "1000"],
        ["EXISTS", key],
      ],
    ],
    [
      1,
      () => [
        ["SPOP", key, "1", "extra"],
        ["SCARD", key],
      ],
    ],
    [4, () => [["SSCAN", key, ...scanWords(chance, () => chance.pick(["*", "m*", "m[0-5]", "-?", "*1*", "", "m1"]))]]],
    [1, () => [["SET", key, chance.value()]]],
    [1, () => [["DEL", key]]],
    [
      1,
      () => [
        ["EXPIRE", key, "100000"],
        ["TTL", key],
      ],
    ],
  );
  const [first, ...rest] = make();
  // A mistake in SPOP must not take away what follows it.
  const spoken = rest.length > 0 ? first! : misspoken(chance, first!);
  return [[chance.cased(spoken[0]!), ...spoken.slice(1)], ...rest];
};
