// What ZRANGE and its relatives have in common: arguments read as Redis reads them, with its refusals in its order, and
// the members that they select.
import type { ByteString } from "../../bytes/byte-string.ts";
import { EMPTY_ARRAY, type Reply } from "../../reply/reply.ts";
import { integerArgument, word } from "../arguments.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { positionRange } from "../lists/positions.ts";
import { lexRange, scoreRange, stretchOfMembers, stretchOfScores } from "./bounds.ts";
import { membersReply } from "./replies.ts";
import { readSortedSet, type ScoredMember, type SortedSet, type Stretch } from "./sorted-set.ts";

export type RangeKind = "rank" | "score" | "lex";

/** What a command's name fixes; what it leaves open, options say. */
export interface RangeForm {
  readonly kind?: RangeKind;
  readonly reverse?: boolean;
  /** Keeps the result under a key: there is nothing to show scores to. */
  readonly store?: boolean;
}

interface RangeOptions {
  readonly kind: RangeKind;
  readonly reverse: boolean;
  readonly withScores: boolean;
  readonly offset: number;
  /** Negative: no limit. */
  readonly limit: number;
}

export interface Selection {
  readonly withScores: boolean;
  select(set: SortedSet): readonly ScoredMember[];
}

/** Answers what `key start stop [options]` selects. */
export function rangeReply(context: CommandContext, args: Arguments, form: RangeForm): Reply {
  const selection = parseSelection(args, form);
  const set = readSortedSet(context, args[0]!);
  return set === undefined ? EMPTY_ARRAY : membersReply(selection.select(set), selection.withScores);
}

/** Reads `key start stop [options]`. */
export function parseSelection([, start, stop, ...rest]: Arguments, form: RangeForm): Selection {
  const options = parseOptions(rest, form);
  const { kind, reverse, withScores } = options;
  const stretchOf = parseStretch(start!, stop!, options);
  const select = (set: SortedSet): readonly ScoredMember[] => {
    const stretch = kind === "rank" ? stretchOf(set) : limited(stretchOf(set), options);
    return set.slice(stretch, reverse);
  };
  return { withScores, select };
}

function parseOptions(args: Arguments, { kind, reverse, store = false }: RangeForm): RangeOptions {
  let chosenKind = kind;
  let chosenReverse = reverse;
  let withScores = false;
  let offset = 0;
  let limit = -1;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    if (!store && option === "withscores") withScores = true;
    else if (option === "limit" && at + 2 < args.length) {
      offset = integerArgument(args[at + 1]!);
      limit = integerArgument(args[at + 2]!);
      at += 2;
    } else if (chosenReverse === undefined && option === "rev") chosenReverse = true;
    else if (chosenKind === undefined && option === "bylex") chosenKind = "lex";
    else if (chosenKind === undefined && option === "byscore") chosenKind = "score";
    else throw syntaxError();
  }
  const options = { kind: chosenKind ?? "rank", reverse: chosenReverse ?? false, withScores, offset, limit };
  if (limit !== -1 && options.kind === "rank")
    throw new CommandError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  if (withScores && options.kind === "lex")
    throw new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  return options;
}

function parseStretch(
  start: ByteString,
  stop: ByteString,
  { kind, reverse }: RangeOptions,
): (set: SortedSet) => Stretch {
  // Backwards, the higher bound comes first; ranks count from the end instead.
  const [min, max] = reverse ? [stop, start] : [start, stop];
  if (kind === "score") {
    const range = scoreRange(min, max);
    return (set) => stretchOfScores(set, range);
  }
  if (kind === "lex") {
    const range = lexRange(min, max);
    return (set) => stretchOfMembers(set, range);
  }
  const from = integerArgument(start);
  const to = integerArgument(stop);
  return ({ size }) => {
    const { first, count } = positionRange(from, to, size);
    return { first: reverse ? size - first - count : first, count };
  };
}

function limited({ first, count }: Stretch, { offset, limit, reverse }: RangeOptions): Stretch {
  const left = offset < 0 ? 0 : Math.max(0, count - offset);
  const taken = limit < 0 ? left : Math.min(left, limit);
  return { first: reverse ? first + count - offset - taken : first + offset, count: taken };
}
