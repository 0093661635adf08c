// Sorted sets: members in the order of their scores.
import { type Command, read, type Word, write } from "../command.ts";
import { type Decode, float, integer, list, orNull, pairs } from "../reply.ts";
import { type Entries, Family, flat, when } from "./family.ts";

export interface Scored<V> {
  readonly member: V;
  readonly score: number;
}

export interface ZaddOptions {
  /** Only new members. */
  readonly ifMissing?: boolean;
  /** Only members that are there. */
  readonly ifExists?: boolean;
  /** Changes a score only to a greater one, or only to a lesser one. */
  readonly only?: "greater" | "lesser";
  /** Counts changed members too, not only new ones. */
  readonly countChanged?: boolean;
}

export interface ZrangeOptions {
  /** What `start` and `stop` are: places unless given. */
  readonly by?: "score" | "lex";
  readonly reverse?: boolean;
  readonly limit?: { readonly offset: number; readonly count: number };
}

export class SortedSetCommands<V> extends Family<V> {
  readonly #scored: Decode<Scored<V>[]> = (reply) =>
    pairs(this.value, float)(reply).map(([member, score]) => ({ member, score }));

  /** Adds members with scores: `zadd("board", { ada: 10, bob: 7 })`. Answers how many of them are new. */
  zadd(key: Word, members: Entries<number>, options: ZaddOptions = {}): Command<number> {
    const { ifMissing, ifExists, only, countChanged } = options;
    const words = flat(members);
    // Members come first here, scores first there.
    const swapped = words.map((_, at) => words[at ^ 1]!);
    return write(
      integer,
      "ZADD",
      key,
      ...when("NX", ifMissing),
      ...when("XX", ifExists),
      ...when("GT", only === "greater"),
      ...when("LT", only === "lesser"),
      ...when("CH", countChanged),
      ...swapped.map(score),
    );
  }

  /** Adds to a member's score; a missing one counts as 0. Answers the score. */
  zincrby(key: Word, amount: number, member: Word): Command<number> {
    return write(float, "ZINCRBY", key, score(amount), member);
  }

  /** Removes members. Answers how many were there. */
  zrem(key: Word, ...members: Word[]): Command<number> {
    return write(integer, "ZREM", key, ...members);
  }

  /** The score of a member; null if it is not there. */
  zscore(key: Word, member: Word): Command<number | null> {
    return read(orNull(float), "ZSCORE", key, member);
  }

  /** The scores of members; null for each that is not there. */
  zmscore(key: Word, ...members: Word[]): Command<(number | null)[]> {
    return read(list(orNull(float)), "ZMSCORE", key, ...members);
  }

  /** How many members there are. */
  zcard(key: Word): Command<number> {
    return read(integer, "ZCARD", key);
  }

  /** How many members have a score between two, both included; `"(5"` leaves 5 out. */
  zcount(key: Word, min: Word, max: Word): Command<number> {
    return read(integer, "ZCOUNT", key, score(min), score(max));
  }

  /** The place of a member, lowest score first; null if it is not there. */
  zrank(key: Word, member: Word): Command<number | null> {
    return read(orNull(integer), "ZRANK", key, member);
  }

  /** The place of a member, highest score first; null if it is not there. */
  zrevrank(key: Word, member: Word): Command<number | null> {
    return read(orNull(integer), "ZREVRANK", key, member);
  }

  /** Members from one place (or score, or name) to another, both included. */
  zrange(key: Word, start: Word, stop: Word, options: ZrangeOptions = {}): Command<V[]> {
    return read(list(this.value), ...rangeWords(key, start, stop, options));
  }

  /** The same with their scores. */
  zrangeWithScores(key: Word, start: Word, stop: Word, options: ZrangeOptions = {}): Command<Scored<V>[]> {
    return read(this.#scored, ...rangeWords(key, start, stop, options), "WITHSCORES");
  }

  /** Takes the members with the lowest scores. */
  zpopmin(key: Word, count = 1): Command<Scored<V>[]> {
    return write(this.#scored, "ZPOPMIN", key, count);
  }

  /** Takes the members with the highest scores. */
  zpopmax(key: Word, count = 1): Command<Scored<V>[]> {
    return write(this.#scored, "ZPOPMAX", key, count);
  }

  /** Removes members from one place to another, both included. Answers how many. */
  zremrangebyrank(key: Word, start: number, stop: number): Command<number> {
    return write(integer, "ZREMRANGEBYRANK", key, start, stop);
  }

  /** Removes members with scores between two, both included. Answers how many. */
  zremrangebyscore(key: Word, min: Word, max: Word): Command<number> {
    return write(integer, "ZREMRANGEBYSCORE", key, score(min), score(max));
  }
}

function rangeWords(key: Word, start: Word, stop: Word, { by, reverse, limit }: ZrangeOptions): Word[] {
  return [
    "ZRANGE",
    key,
    score(start),
    score(stop),
    ...when("BYSCORE", by === "score"),
    ...when("BYLEX", by === "lex"),
    ...when("REV", reverse),
    ...(limit === undefined ? [] : ["LIMIT", limit.offset, limit.count]),
  ];
}

/** Infinite scores have a spelling of their own. */
function score(word: Word): Word {
  if (word === Number.POSITIVE_INFINITY) return "+inf";
  return word === Number.NEGATIVE_INFINITY ? "-inf" : word;
}
