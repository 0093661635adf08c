// Commands over strings.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";

/** A life that does not end while the comparison runs, or one that a command must refuse. */
export function seconds(chance: Chance): string {
  return chance.once(6) ? badTime(chance) : String(chance.between(1000, 1_000_000));
}

export function milliseconds(chance: Chance): string {
  return chance.once(6) ? badTime(chance) : String(chance.between(1_000_000, 1_000_000_000));
}

/** A Unix time far ahead: all within a second of each other would make TTL comparisons meaningless. */
export function unixSeconds(chance: Chance): string {
  return chance.once(6) ? badTime(chance) : String(chance.between(4_000_000_000, 5_000_000_000));
}

export function unixMilliseconds(chance: Chance): string {
  // The largest 64-bit time is a year that Redis takes and the machine refuses.
  if (chance.once(6)) return badTime(chance).replace("9223372036854775807", "0");
  return `${chance.between(4_000_000_000, 5_000_000_000)}${chance.between(100, 999)}`;
}

/** None of these is a time between 2^48 ms and 2^63 ms, which Redis takes and the machine refuses. */
function badTime(chance: Chance): string {
  return chance.pick([
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "abc",
    "",
    "1.5",
  ]);
}

function setOptions(chance: Chance): string[] {
  return chance
    .some(0, 3, () =>
      chance.weighted(
        [3, () => ["NX"]],
        [3, () => ["XX"]],
        [3, () => ["GET"]],
        [3, () => ["KEEPTTL"]],
        [2, () => ["EX", seconds(chance)]],
        [2, () => ["PX", milliseconds(chance)]],
        [2, () => ["EXAT", unixSeconds(chance)]],
        [2, () => ["PXAT", unixMilliseconds(chance)]],
        [1, () => [chance.pick(["PERSIST", "FOO", "EX", ""])]],
      )(),
    )
    .flat()
    .map((word) => chance.cased(word));
}

const one = (words: Words): readonly Words[] => [words];

export const strings: Generator = (chance) => {
  const key = chance.key();
  const make = chance.weighted<() => Words>(
    [8, () => ["SET", key, chance.value(), ...setOptions(chance)]],
    [4, () => ["SET", key, chance.value()]],
    [4, () => ["GET", key]],
    [2, () => ["GETSET", key, chance.value()]],
    [2, () => ["GETDEL", key]],
    [3, () => ["GETEX", key, ...setOptions(chance)]],
    [2, () => ["MGET", ...chance.some(1, 4, () => chance.key())]],
    [
      2,
      () => [
        "MSET",
        ...chance.some(1, 5, () => (chance.once(9) ? [chance.key()] : [chance.key(), chance.value()])).flat(),
      ],
    ],
    [2, () => ["MSETNX", ...chance.some(1, 3, () => [chance.key(), chance.value()]).flat()]],
    [2, () => ["SETNX", key, chance.value()]],
    [2, () => ["SETEX", key, seconds(chance), chance.value()]],
    [2, () => ["PSETEX", key, milliseconds(chance), chance.value()]],
    [3, () => ["APPEND", key, chance.value()]],
    [2, () => ["STRLEN", key]],
    [3, () => ["GETRANGE", key, chance.index(), chance.index()]],
    [3, () => ["SETRANGE", key, chance.once(9) ? "536870912" : chance.index(), chance.value()]],
    [3, () => ["INCR", key]],
    [3, () => ["DECR", key]],
    [3, () => ["INCRBY", key, chance.integer()]],
    [3, () => ["DECRBY", key, chance.integer()]],
    [4, () => ["INCRBYFLOAT", key, chance.float()]],
  );
  return one(make());
};
