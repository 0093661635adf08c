// ZMSCORE: the scores of several members.
import { array, double, NULL } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { readSortedSet } from "./sorted-set.ts";

export const zmscore: CommandDefinition = {
  name: "ZMSCORE",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The scores of members, nil for each that is not there.",
  syntax: "ZMSCORE key member [member ...]",
  examples: [
    { run: "ZADD board 10 ann 20 bob 30 cas", reply: "(integer) 3" },
    { run: "ZMSCORE board ann zoe cas", reply: '1) "10"\n2) (nil)\n3) "30"' },
  ],
  run(context, [key, ...members]) {
    const set = readSortedSet(context, key!);
    const scores = members.map((member) => set?.score(member));
    return array(scores.map((score) => (score === undefined ? NULL : double(score))));
  },
};
