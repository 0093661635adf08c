// HRANDFIELD: fields chosen by chance, which every replica shares.
import { bulk, EMPTY_ARRAY, NULL, type Reply } from "../../reply/reply.ts";
import type { CountedIndex, TreeEntry } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import { word } from "../arguments.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { choiceCount, distinctRanks, repeatedChoices } from "../random-choice.ts";

export const hrandfield: CommandDefinition = {
  name: "HRANDFIELD",
  arity: -2,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "Fields of a hash by chance: distinct ones, or with repetition when the count is negative.",
  syntax: "HRANDFIELD key [count [WITHVALUES]]",
  examples: [
    { run: "HSET coin heads 1", reply: "(integer) 1" },
    { run: "HRANDFIELD coin", reply: '"heads"' },
    { run: "HRANDFIELD coin -2", reply: '1) "heads"\n2) "heads"' },
    { run: "HRANDFIELD coin 5 WITHVALUES", reply: '1) "heads"\n2) "1"' },
  ],
  run(context, [key, count, option, ...rest]) {
    if (count === undefined) {
      const index = context.keys.readCollection(key!, "hash")?.index;
      return index === undefined ? NULL : bulk(memberOf(index.at(context.random.below(index.size))![0]));
    }
    choiceCount(count);
    if (rest.length > 0 || (option !== undefined && word(option) !== "withvalues")) throw syntaxError();
    const wanted = choiceCount(count, option !== undefined);
    const index = context.keys.readCollection(key!, "hash")?.index;
    if (index === undefined || wanted === 0) return EMPTY_ARRAY;
    return fieldsReply(choose(context, index, wanted), option !== undefined);
  },
};

function choose(context: CommandContext, index: CountedIndex, count: number): readonly TreeEntry[] {
  if (count >= index.size) return [...index.walk()];
  if (count > 0) return distinctRanks(context.random, index.size, count).map((rank) => index.at(rank)!);
  return repeatedChoices(context, index.size, -count, (rank) => {
    const entry = index.at(rank)!;
    return { chosen: entry, bytes: entry[0].length + entry[1].length };
  });
}

function fieldsReply(entries: readonly TreeEntry[], withValues: boolean): Reply {
  if (!withValues) return { kind: "array", items: entries.map(([field]) => bulk(memberOf(field))) };
  return { kind: "pairs", entries: entries.map(([field, value]) => [bulk(memberOf(field)), bulk(value)] as const) };
}
