// ZRANDMEMBER: members chosen by chance, which every replica shares.
import { bulk, EMPTY_ARRAY, NULL } from "../../reply/reply.ts";
import { word } from "../arguments.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { choiceCount, distinctRanks, repeatedChoices } from "../random-choice.ts";
import { membersReply } from "./replies.ts";
import { readSortedSet, type ScoredMember, type SortedSet } from "./sorted-set.ts";

export const zrandmember: CommandDefinition = {
  name: "ZRANDMEMBER",
  arity: -2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members by chance: distinct ones, or with repetition when the count is negative.",
  syntax: "ZRANDMEMBER key [count [WITHSCORES]]",
  examples: [
    { run: "ZADD coin 1 heads", reply: "(integer) 1" },
    { run: "ZRANDMEMBER coin", reply: '"heads"' },
    { run: "ZRANDMEMBER coin -2", reply: '1) "heads"\n2) "heads"' },
    { run: "ZRANDMEMBER coin 5 WITHSCORES", reply: '1) "heads"\n2) "1"' },
  ],
  run(context, [key, count, option, ...rest]) {
    if (count === undefined) {
      const set = readSortedSet(context, key!);
      return set === undefined ? NULL : bulk(set.at(context.random.below(set.size)).member);
    }
    choiceCount(count);
    if (rest.length > 0 || (option !== undefined && word(option) !== "withscores")) throw syntaxError();
    const wanted = choiceCount(count, option !== undefined);
    const set = readSortedSet(context, key!);
    if (set === undefined || wanted === 0) return EMPTY_ARRAY;
    return membersReply(choose(context, set, wanted), option !== undefined);
  },
};

function choose(context: CommandContext, set: SortedSet, count: number): readonly ScoredMember[] {
  if (count >= set.size) return [...set];
  if (count > 0) return distinctRanks(context.random, set.size, count).map((rank) => set.at(rank));
  return repeatedChoices(context, set.size, -count, (rank) => {
    const chosen = set.at(rank);
    return { chosen, bytes: chosen.member.length };
  });
}
