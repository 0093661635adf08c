// SPOP: take members out of a set by chance, which every replica shares.
import { bulk, NULL } from "../../reply/reply.ts";
import { filtered, isLargePart, type TreeEntry } from "../../state/counted-index.ts";
import { memberOf } from "../../state/member-key.ts";
import { INT64_MAX, rangedInteger } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { membersReply } from "./algebra.ts";

export const spop: CommandDefinition = {
  name: "SPOP",
  arity: -2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Removes members of a set by chance and tells which; the last one takes the key with it.",
  syntax: "SPOP key [count]",
  examples: [
    { run: "SADD hat rabbit", reply: "(integer) 1" },
    { run: "SPOP hat", reply: '"rabbit"' },
    { run: "SPOP hat", reply: "(nil)" },
    { run: "SPOP hat 3", reply: "(empty array)" },
  ],
  run({ keys, random }, [key, count, ...rest]) {
    if (rest.length > 0) throw syntaxError();
    const wanted =
      count === undefined
        ? 1
        : rangedInteger(count, 0, Number(INT64_MAX), "ERR value is out of range, must be positive");
    const set = keys.readCollection(key!, "set");
    if (set === undefined) return count === undefined ? NULL : membersReply([]);
    if (wanted === 0) return membersReply([]);
    const { index } = set;
    const popped: string[] = [];
    if (wanted >= index.size && count !== undefined) {
      for (const [member] of index.walk()) popped.push(member);
      index.removeRange(0, index.size);
    } else if (isLargePart(wanted, index.size)) {
      // One walk: each member goes with the chance that those still wanted have among those still to come.
      let [left, missing] = [index.size, wanted];
      const keep = ([member]: TreeEntry): boolean => {
        if (random.below(left--) >= missing) return true;
        missing--;
        popped.push(member);
        return false;
      };
      index.replaceAll(filtered(index.walk(), keep));
    } else {
      while (popped.length < wanted) {
        const rank = random.below(index.size);
        popped.push(index.at(rank)![0]);
        index.removeAt(rank);
      }
    }
    keys.saveCollection(key!, set, "spop");
    return count === undefined ? bulk(memberOf(popped[0]!)) : membersReply(popped);
  },
};
