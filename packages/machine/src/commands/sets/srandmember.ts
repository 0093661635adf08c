// SRANDMEMBER: members chosen by chance, which every replica shares.
import { array, bulk, EMPTY_ARRAY, NULL } from "../../reply/reply.ts";
import type { CountedIndex } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { choiceCount, distinctRanks, repeatedChoices } from "../random-choice.ts";

export const srandmember: CommandDefinition = {
  name: "SRANDMEMBER",
  arity: -2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Members of a set by chance: distinct ones, or with repetition when the count is negative.",
  syntax: "SRANDMEMBER key [count]",
  examples: [
    { run: "SADD coin heads", reply: "(integer) 1" },
    { run: "SRANDMEMBER coin", reply: '"heads"' },
    { run: "SRANDMEMBER coin 5", reply: '1) "heads"' },
    { run: "SRANDMEMBER coin -2", reply: '1) "heads"\n2) "heads"' },
  ],
  run(context, [key, count, ...rest]) {
    if (rest.length > 0) throw syntaxError();
    const wanted = count === undefined ? undefined : choiceCount(count);
    const index = context.keys.readCollection(key!, "set")?.index;
    if (wanted === undefined)
      return index === undefined ? NULL : bulk(memberOf(index.at(context.random.below(index.size))![0]));
    if (index === undefined || wanted === 0) return EMPTY_ARRAY;
    return array(choose(context, index, wanted).map((member) => bulk(memberOf(member))));
  },
};

function choose(context: CommandContext, index: CountedIndex, count: number): readonly string[] {
  if (count >= index.size) return Array.from(index.walk(), ([member]) => member);
  if (count > 0) return distinctRanks(context.random, index.size, count).map((rank) => index.at(rank)![0]);
  return repeatedChoices(context, index.size, -count, (rank) => {
    const [member] = index.at(rank)!;
    return { chosen: member, bytes: member.length };
  });
}
