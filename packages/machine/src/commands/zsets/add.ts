// What ZADD and ZINCRBY share, since ZINCRBY is ZADD with INCR: options, scores, and the rules by which a member gets
// one. Nothing is changed before every score has been read.
import type { ByteString } from "../../bytes/byte-string.ts";
import { double, integer, NULL, type Reply } from "../../reply/reply.ts";
import { doubleArgument, word } from "../arguments.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { editSortedSet, type ScoredMember, type SortedSet } from "./sorted-set.ts";

type AddOption = "nx" | "xx" | "gt" | "lt" | "ch" | "incr";
type AddOptions = ReadonlySet<AddOption>;

const OPTIONS: readonly string[] = ["nx", "xx", "gt", "lt", "ch", "incr"] satisfies AddOption[];

/** What became of one member: its new score where it has one, and how it changed. */
interface Outcome {
  readonly kind: "added" | "updated" | "same" | "refused";
  readonly score: number;
}

/** ZADD; `increment` when INCR goes without saying. */
export function addMembers(context: CommandContext, [key, ...args]: Arguments, increment: boolean): Reply {
  const options = new Set<AddOption>(increment ? ["incr"] : []);
  let at = 0;
  for (; at < args.length && OPTIONS.includes(word(args[at])); at++) options.add(word(args[at]) as AddOption);
  const pairs = parsePairs(args.slice(at), options);
  if (options.has("xx") && context.keys.readAs(key!, "zset") === undefined)
    return options.has("incr") ? NULL : integer(0);
  const set = editSortedSet(context, key!);
  const outcomes = pairs.map((pair) => add(set, pair, options));
  const added = outcomes.filter(({ kind }) => kind === "added").length;
  const updated = outcomes.filter(({ kind }) => kind === "updated").length;
  if (added + updated > 0) context.keys.saveCollection(key!, set.collection, options.has("incr") ? "zincr" : "zadd");
  if (!options.has("incr")) return integer(options.has("ch") ? added + updated : added);
  const [outcome] = outcomes;
  return outcome === undefined || outcome.kind === "refused" ? NULL : double(outcome.score);
}

function parsePairs(args: Arguments, options: AddOptions): readonly ScoredMember[] {
  if (args.length === 0 || args.length % 2 === 1) throw syntaxError();
  if (options.has("nx") && options.has("xx"))
    throw new CommandError("ERR XX and NX options at the same time are not compatible");
  if (["gt", "lt", "nx"].filter((option) => options.has(option as AddOption)).length > 1)
    throw new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
  if (options.has("incr") && args.length > 2)
    throw new CommandError("ERR INCR option supports a single increment-element pair");
  const pairs: { member: ByteString; score: number }[] = [];
  for (let at = 0; at < args.length; at += 2) {
    pairs.push({ score: doubleArgument(args[at]!), member: args[at + 1]! });
  }
  return pairs;
}

function add(set: SortedSet, { member, score }: ScoredMember, options: AddOptions): Outcome {
  const before = set.score(member);
  if (before === undefined) {
    if (options.has("xx")) return { kind: "refused", score };
    set.set(member, score, undefined);
    return { kind: "added", score };
  }
  if (options.has("nx")) return { kind: "refused", score };
  const wanted = options.has("incr") ? before + score : score;
  if (Number.isNaN(wanted)) throw new CommandError("ERR resulting score is not a number (NaN)");
  if ((options.has("lt") && wanted >= before) || (options.has("gt") && wanted <= before))
    return { kind: "refused", score };
  if (wanted === before) return { kind: "same", score: wanted };
  set.set(member, wanted, before);
  return { kind: "updated", score: wanted };
}
