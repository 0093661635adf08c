// Commands over sorted sets.
import type { Chance } from "./chance.ts";
import type { Generator, Words } from "./compare.ts";
import { multiPopWords } from "./lists.ts";
import { choiceCount, misspoken, scanWords } from "./sets.ts";

/** Few enough that sorted sets share members, with each other and with sets. */
function member(chance: Chance): string {
  return chance.weighted(
    [8, () => `m${chance.below(12)}`],
    [2, () => String(chance.between(-6, 6))],
    [1, () => chance.value()],
  )();
}

/** Mostly small, so that scores are equal at times; at times at the edges of doubles. */
function score(chance: Chance): string {
  return chance.weighted(
    [10, () => String(chance.between(-5, 5))],
    [4, () => String(chance.between(-40, 40) / 8)],
    [4, () => chance.float()],
    [1, () => chance.pick(["inf", "-inf", "1e17", "-1e17", "100000000000000.125", "9007199254740993", "0.1"])],
  )();
}

function scoreBound(chance: Chance): string {
  const bound = chance.weighted(
    [10, () => score(chance)],
    [4, () => chance.pick(["-inf", "+inf"])],
    [1, () => chance.pick(["", " ", " 1", "1 ", "nan", "(1", "[1", "1x", "1\x00x", "1e999", "-1e999", "0x", "."])],
  )();
  return chance.once(3) ? `(${bound}` : bound;
}

function lexBound(chance: Chance): string {
  if (chance.once(4)) return chance.pick(["-", "+"]);
  if (chance.once(25)) return chance.pick(["", "m1", "+x", "-x", "+\x00x", "inf", "(", "["]);
  return chance.pick(["[", "("]) + member(chance);
}

/** LIMIT and WITHSCORES, among what does not belong. */
function rangeOptions(chance: Chance, ...more: readonly string[]): string[] {
  return chance
    .some(0, 3, () =>
      chance.weighted(
        [4, () => ["LIMIT", chance.index(), chance.index()]],
        [4, () => ["WITHSCORES"]],
        [more.length * 3, () => [chance.pick(more)]],
        [1, () => [chance.pick(["LIMIT", "BYRANK", "BYSCORE", "REV", "", "STORE"])]],
      )(),
    )
    .flat()
    .map((word) => chance.cased(word));
}

/** A range whose bounds fit its options, but for a few. */
function rangeWords(chance: Chance): string[] {
  const kind = chance.pick(["", "BYSCORE"]);
  const bound = (): string => {
    if (chance.once(30)) return lexBound(chance);
    return kind === "BYSCORE" ? scoreBound(chance) : chance.index();
  };
  const options = rangeOptions(chance, "REV");
  return [bound(), bound(), ...(kind === "" ? options : chance.once(2) ? [kind, ...options] : [...options, kind])];
}

/**
 * Between members only where all scores are equal: among others, what Redis gives depends on how it keeps the sorted
 * set. Such sorted sets live under keys of their own.
 */
function lexCommand(chance: Chance): Words {
  const key = `lex${chance.below(3)}`;
  const bounds = (): string[] => [lexBound(chance), lexBound(chance)];
  return chance.weighted<() => Words>(
    [10, () => ["ZADD", key, ...chance.some(1, 5, () => ["0", member(chance)]).flat()]],
    [2, () => ["ZREM", key, member(chance)]],
    [3, () => ["ZLEXCOUNT", key, ...bounds()]],
    [3, () => ["ZRANGEBYLEX", key, ...bounds(), ...rangeOptions(chance)]],
    [3, () => ["ZREVRANGEBYLEX", key, ...bounds(), ...rangeOptions(chance)]],
    [5, () => ["ZRANGE", key, ...bounds(), chance.cased("BYLEX"), ...rangeOptions(chance, "REV")]],
    [2, () => ["ZRANGESTORE", chance.key(), key, ...bounds(), "BYLEX", ...rangeOptions(chance, "REV")]],
    [2, () => ["ZREMRANGEBYLEX", key, ...bounds()]],
  )();
}

function addOptions(chance: Chance): string[] {
  const option = (): string =>
    chance.cased(chance.weighted([3, "NX"], [3, "XX"], [3, "GT"], [3, "LT"], [4, "CH"], [3, "INCR"], [1, "FOO"]));
  return chance.once(2) ? [] : chance.some(1, 3, option);
}

function weight(chance: Chance): string {
  return chance.weighted(
    [4, () => String(chance.between(-3, 3))],
    [1, () => score(chance)],
    [1, () => chance.pick(["inf", "-inf", "0", "-0"])],
  )();
}

function combineOptions(chance: Chance, keys: number): string[] {
  const weights = (): string[] => chance.some(keys, chance.once(20) ? keys + 1 : keys, () => weight(chance));
  return chance
    .some(0, 2, () =>
      chance.weighted(
        [5, () => [chance.cased("WEIGHTS"), ...weights()]],
        [5, () => [chance.cased("AGGREGATE"), chance.cased(chance.pick(["SUM", "MIN", "MAX"]))]],
        [4, () => [chance.cased("WITHSCORES")]],
        [1, () => [chance.cased("LIMIT"), chance.integer()]],
        [1, () => [chance.pick(["WEIGHTS", "AGGREGATE", "AVG", ""])]],
        [1, () => ["AGGREGATE", "AVG"]],
      )(),
    )
    .flat();
}

function combineWords(chance: Chance): string[] {
  const keys = chance.some(1, 4, () => chance.key());
  const number = chance.once(15) ? chance.integer() : String(keys.length);
  return [number, ...keys, ...combineOptions(chance, keys.length)];
}

/** Nothing but sums of thousands, so that the order of adding shows. */
function sumsOfFractions(chance: Chance): readonly Words[] {
  const keys = ["f1", "f2", "f3", "f4"];
  const fraction = (): string => String(chance.between(-100_000, 100_000) / chance.pick([3, 7, 9, 1e5]));
  const fill = keys.map((key) => ["ZADD", key, ...chance.some(1, 6, () => [fraction(), member(chance)]).flat()]);
  return [
    ["DEL", ...keys],
    ...fill,
    [chance.pick(["ZUNION", "ZINTER"]), "4", ...keys, "WEIGHTS", ...keys.map(fraction), "WITHSCORES"],
    ["ZUNIONSTORE", "sum", "3", keys[0]!, keys[3]!, keys[0]!],
    ["ZRANGE", "sum", "0", "-1", "WITHSCORES"],
  ];
}

function change(chance: Chance, key: string): Words {
  const pairs = (): string[] => chance.some(1, 5, () => [score(chance), member(chance)]).flat();
  return chance.weighted<() => Words>(
    [16, () => ["ZADD", key, ...pairs()]],
    [12, () => ["ZADD", key, ...addOptions(chance), ...(chance.once(2) ? pairs().slice(0, 2) : pairs())]],
    [6, () => ["ZINCRBY", key, chance.once(30) ? "NX" : score(chance), member(chance)]],
    [4, () => ["ZREM", key, ...chance.some(1, 3, () => member(chance))]],
    [2, () => ["ZREMRANGEBYRANK", key, chance.index(), chance.index()]],
    [2, () => ["ZREMRANGEBYSCORE", key, scoreBound(chance), scoreBound(chance)]],
    [2, () => [chance.pick(["ZPOPMIN", "ZPOPMAX"]), key]],
    [3, () => [chance.pick(["ZPOPMIN", "ZPOPMAX"]), key, chance.index()]],
    [3, () => ["ZMPOP", ...multiPopWords(chance, () => (chance.once(20) ? "LEFT" : chance.pick(["MIN", "max"])))]],
    [3, () => ["ZRANGESTORE", chance.key(), key, ...rangeWords(chance).filter((word) => word !== "WITHSCORES")]],
    [8, () => [chance.pick(["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"]), chance.key(), ...combineWords(chance)]],
    [3, () => ["SADD", key, ...chance.some(1, 5, () => member(chance))]],
    [1, () => ["SET", key, chance.value()]],
    [2, () => ["DEL", key]],
    [1, () => ["EXPIRE", key, "100000"]],
  )();
}

function question(chance: Chance, key: string): Words {
  return chance.weighted<() => Words>(
    [3, () => ["ZSCORE", key, member(chance)]],
    [3, () => ["ZMSCORE", key, ...chance.some(1, 4, () => member(chance))]],
    [2, () => ["ZCARD", key]],
    [4, () => ["ZCOUNT", key, scoreBound(chance), scoreBound(chance)]],
    [6, () => ["ZRANGE", key, ...rangeWords(chance)]],
    [6, () => ["ZRANGE", key, "0", "-1", "WITHSCORES"]],
    [3, () => ["ZRANGEBYSCORE", key, scoreBound(chance), scoreBound(chance), ...rangeOptions(chance)]],
    [3, () => ["ZREVRANGEBYSCORE", key, scoreBound(chance), scoreBound(chance), ...rangeOptions(chance)]],
    [3, () => ["ZREVRANGE", key, chance.index(), chance.index(), ...rangeOptions(chance)]],
    [4, () => [chance.pick(["ZRANK", "ZREVRANK"]), key, member(chance)]],
    [10, () => [chance.pick(["ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"]), ...combineWords(chance)]],
    [1, () => ["ZRANDMEMBER", key]],
    [3, () => ["ZRANDMEMBER", key, choiceCount(chance), ...chance.some(0, 1, () => chance.cased("WITHSCORES"))]],
    [2, () => ["ZRANDMEMBER", key, "1000", ...chance.some(0, 1, () => chance.cased("WITHSCORES"))]],
    [1, () => ["ZRANDMEMBER", key, "4611686018427387904", "WITHSCORES"]],
    [4, () => ["ZSCAN", key, ...scanWords(chance, () => chance.pick(["*", "m*", "m[0-5]", "-?", "", "m1"]))]],
    [1, () => [chance.pick(["TYPE", "TTL", "EXISTS"]), key]],
  )();
}

export const zsets: Generator = (chance) => {
  if (chance.once(40)) return sumsOfFractions(chance);
  const key = chance.key();
  const words = chance.weighted<() => Words>(
    [10, () => change(chance, key)],
    [10, () => question(chance, key)],
    [4, () => lexCommand(chance)],
  )();
  const [name, ...rest] = misspoken(chance, words);
  return [[chance.cased(name!), ...rest]];
};
