// What ZUNION, ZINTER, ZDIFF, their STORE forms and ZINTERCARD share: several sorted sets, or sets, whose members count
// as scored 1, become one. Sums depend on their order, so sources are taken as Redis takes them: the smallest first,
// and in the order given where they are equal. An infinity less itself is 0 here, and so is an infinity times 0.
import type { ByteString } from "../../bytes/byte-string.ts";
import { integer, type Reply } from "../../reply/reply.ts";
import type { CountedIndex } from "../../state/counted-index.ts";
import { memberKey, memberOf } from "../../state/member-key.ts";
import { doubleArgument, integerArgument, rangedInteger, word } from "../arguments.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { CommandError, syntaxError, wrongType } from "../command-error.ts";
import { membersReply } from "./replies.ts";
import { compareScored, type ScoredMember, SortedSet, storeSortedSet } from "./sorted-set.ts";

export type Combination = "union" | "inter" | "diff";

interface Source {
  readonly size: number;
  readonly members: () => Iterable<ScoredMember>;
  readonly score: (member: ByteString) => number | undefined;
  readonly weight: number;
}

interface Wanted {
  readonly sources: readonly Source[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  /** Of ZINTERCARD; 0: none. */
  readonly limit: number;
}

type Aggregate = (target: number, value: number) => number;

const AGGREGATES: ReadonlyMap<string, Aggregate> = new Map([
  ["sum", (target: number, value: number) => orZero(target + value)],
  ["min", (target: number, value: number) => chosen(value < target, target, value)],
  ["max", (target: number, value: number) => chosen(value > target, target, value)],
]);

const NONE: Source = { size: 0, members: () => [], score: () => undefined, weight: 1 };

/** ZUNION, ZINTER, ZDIFF: answers the members. */
export function combineReply(context: CommandContext, name: string, args: Arguments, how: Combination): Reply {
  const wanted = parseSources(context, name, args, { how, purpose: "answer" });
  return membersReply(combine(wanted, how), wanted.withScores);
}

/** Their STORE forms: the members become what a key holds. */
export function combineAndStore(
  context: CommandContext,
  name: string,
  [target, ...args]: Arguments,
  how: Combination,
): Reply {
  const members = combine(parseSources(context, name, args, { how, purpose: "store" }), how);
  storeSortedSet(context, target!, members, name.toLowerCase());
  return integer(members.length);
}

/** ZINTERCARD: how many members all have, up to a limit. */
export function countCommon(context: CommandContext, name: string, args: Arguments): Reply {
  const { sources, limit } = parseSources(context, name, args, { how: "inter", purpose: "count" });
  const [smallest = NONE, ...others] = bySize(sources);
  let count = 0;
  for (const { member } of smallest.members()) {
    if (others.some((other) => other.score(member) === undefined)) continue;
    if (++count === limit) break;
  }
  return integer(count);
}

interface Purpose {
  readonly how: Combination;
  readonly purpose: "answer" | "store" | "count";
}

function parseSources({ keys }: CommandContext, name: string, args: Arguments, { how, purpose }: Purpose): Wanted {
  const keyCount = integerArgument(args[0]!);
  if (keyCount < 1) throw new CommandError(`ERR at least 1 input key is needed for '${name.toLowerCase()}' command`);
  if (keyCount > args.length - 1) throw syntaxError();
  const sources = args.slice(1, 1 + keyCount).map((key) => openSource(keys, key));
  let weights: readonly number[] = [];
  let aggregate = AGGREGATES.get("sum")!;
  let withScores = false;
  let limit = 0;
  const weighted = how !== "diff" && purpose !== "count";
  for (let at = 1 + keyCount; at < args.length; at++) {
    const option = word(args[at]);
    const following = args.length - at - 1;
    if (weighted && option === "weights" && following >= keyCount) {
      weights = args.slice(at + 1, at + 1 + keyCount).map((arg) => doubleArgument(arg, notAWeight));
      at += keyCount;
    } else if (weighted && option === "aggregate" && following >= 1) {
      const chosen = AGGREGATES.get(word(args[++at]));
      if (chosen === undefined) throw syntaxError();
      aggregate = chosen;
    } else if (purpose === "answer" && option === "withscores") withScores = true;
    else if (purpose === "count" && option === "limit" && following >= 1)
      limit = rangedInteger(args[++at]!, 0, Infinity, "ERR LIMIT can't be negative");
    else throw syntaxError();
  }
  return {
    sources: sources.map((source, place) => ({ ...source, weight: weights[place] ?? 1 })),
    aggregate,
    withScores,
    limit,
  };
}

function openSource(keys: CommandContext["keys"], key: ByteString): Source {
  const entry = keys.read(key);
  if (entry === undefined) return NONE;
  if (entry.type === "zset") {
    const set = new SortedSet(keys.open(entry));
    return { size: set.size, members: () => set, score: (member) => set.score(member), weight: 1 };
  }
  if (entry.type !== "set") throw wrongType();
  const { index } = keys.open(entry);
  return {
    size: index.size,
    members: () => plainMembers(index),
    score: (member) => (index.has(memberKey(member)) ? 1 : undefined),
    weight: 1,
  };
}

function* plainMembers(index: CountedIndex): Generator<ScoredMember> {
  for (const [key] of index.walk()) yield { member: memberOf(key), score: 1 };
}

function combine({ sources, aggregate }: Wanted, how: Combination): readonly ScoredMember[] {
  const members =
    how === "union"
      ? union(bySize(sources), aggregate)
      : how === "inter"
        ? intersection(bySize(sources), aggregate)
        : difference(sources);
  return members.sort(compareScored);
}

function union(sources: readonly Source[], aggregate: Aggregate): ScoredMember[] {
  const scores = new Map<ByteString, number>();
  for (const { members, weight } of sources) {
    for (const { member, score } of members()) {
      const value = orZero(weight * score);
      const target = scores.get(member);
      scores.set(member, target === undefined ? value : aggregate(target, value));
    }
  }
  const found: ScoredMember[] = [];
  for (const [member, score] of scores) found.push({ member, score });
  return found;
}

function intersection([smallest = NONE, ...others]: readonly Source[], aggregate: Aggregate): ScoredMember[] {
  const found: ScoredMember[] = [];
  for (const { member, score } of smallest.members()) {
    let target: number | undefined = orZero(smallest.weight * score);
    for (const { score: scoreIn, weight } of others) {
      const other = scoreIn(member);
      target = other === undefined ? undefined : aggregate(target, other * weight);
      if (target === undefined) break;
    }
    if (target !== undefined) found.push({ member, score: target });
  }
  return found;
}

function difference([first = NONE, ...others]: readonly Source[]): ScoredMember[] {
  return [...first.members()].filter(({ member }) => others.every((other) => other.score(member) === undefined));
}

/** Sorting is stable: sources of one size keep their order. */
function bySize(sources: readonly Source[]): readonly Source[] {
  return sources.toSorted((left, right) => left.size - right.size);
}

/** Unlike Math.min and Math.max, comparisons never choose NaN, and keep the first of two zeros. */
function chosen(better: boolean, target: number, value: number): number {
  return better ? value : target;
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

const notAWeight = (): CommandError => new CommandError("ERR weight value is not a float");
