// ZREM: removes members.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zrem: CommandDefinition = {
  name: "ZREM",
  arity: -3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Removes members and tells how many were there.",
  syntax: "ZREM key member [member ...]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZREM board ann zoe", reply: "(integer) 1" },
    { run: "ZCARD board", reply: "(integer) 2" },
  ],
  run(context, [key, ...members]) {
    const set = readSortedSet(context, key!);
    if (set === undefined) return integer(0);
    const removed = members.filter((member) => set.delete(member)).length;
    if (removed > 0) context.keys.saveCollection(key!, set.collection, "zrem");
    return integer(removed);
  },
};
