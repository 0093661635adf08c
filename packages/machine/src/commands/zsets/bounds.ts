// What ranges of scores and of members are bounded by, and which stretch of a sorted set lies between. A range of
// members assumes equal scores, as Redis does; where scores differ, its lower bound is sought among the members of the
// lowest score, and its upper bound among those of the highest.
import type { ByteString } from "../../bytes/byte-string.ts";
import { strtod } from "../arguments.ts";
import { CommandError, untilZero } from "../command-error.ts";
import { afterScore, packScore } from "./score.ts";
import type { SortedSet, Stretch } from "./sorted-set.ts";

export interface ScoreBound {
  readonly score: number;
  readonly exclusive: boolean;
}

export interface ScoreRange {
  readonly min: ScoreBound;
  readonly max: ScoreBound;
}

/** Before or after every member, or at one. */
export type LexBound =
  | { readonly kind: "lowest" }
  | { readonly kind: "highest" }
  | { readonly kind: "member"; readonly member: ByteString; readonly exclusive: boolean };

export interface LexRange {
  readonly min: LexBound;
  readonly max: LexBound;
}

export function scoreRange(min: ByteString, max: ByteString): ScoreRange {
  return { min: scoreBound(min), max: scoreBound(max) };
}

export function lexRange(min: ByteString, max: ByteString): LexRange {
  return { min: lexBound(min), max: lexBound(max) };
}

export function stretchOfScores({ collection: { index } }: SortedSet, { min, max }: ScoreRange): Stretch {
  const first = index.rank(min.exclusive ? afterScore(min.score) : packScore(min.score));
  const end = index.rank(max.exclusive ? packScore(max.score) : afterScore(max.score));
  return { first, count: Math.max(0, end - first) };
}

export function stretchOfMembers(set: SortedSet, { min, max }: LexRange): Stretch {
  const first = rankOf(set, min, 0, min.kind === "member" && min.exclusive);
  const end = rankOf(set, max, set.size - 1, max.kind === "member" && !max.exclusive);
  return { first, count: Math.max(0, end - first) };
}

/** How many members stand before a bound, or before what follows it, among those scored as the one of rank `beside`. */
function rankOf(set: SortedSet, bound: LexBound, beside: number, after: boolean): number {
  if (bound.kind === "lowest") return 0;
  if (bound.kind === "highest") return set.size;
  const { score } = set.at(beside);
  return set.collection.index.rank(packScore(score) + bound.member + (after ? "\0" : ""));
}

/**
 * Unlike scores, bounds are read by `strtod` alone: blanks may come first, nothing at all is 0, and what overflows is
 * infinite.
 */
function scoreBound(arg: ByteString): ScoreBound {
  const exclusive = arg.startsWith("(");
  const text = untilZero(exclusive ? arg.slice(1) : arg);
  const score = text === "" ? 0 : strtod(text.replace(/^[ \t\n\v\f\r]+/, ""));
  if (score === undefined) throw new CommandError("ERR min or max is not a float");
  return { score, exclusive };
}

function lexBound(arg: ByteString): LexBound {
  switch (arg[0]) {
    case "-":
      if (untilZero(arg) === "-") return { kind: "lowest" };
      break;
    case "+":
      if (untilZero(arg) === "+") return { kind: "highest" };
      break;
    case "(":
    case "[":
      return { kind: "member", member: arg.slice(1), exclusive: arg[0] === "(" };
  }
  throw new CommandError("ERR min or max not valid string range item");
}
