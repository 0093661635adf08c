// GETRANGE: a part of a string.
import { bulk } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const getrange: CommandDefinition = {
  name: "GETRANGE",
  arity: 4,
  flags: ["readonly"],
  keys: FIRST_KEY,
  summary: "The bytes of a string from one place to another, both included; negative places count from the end.",
  syntax: "GETRANGE key start end",
  examples: [
    { run: "SET city Utrecht", reply: "OK" },
    { run: "GETRANGE city 1 3", reply: '"tre"' },
    { run: "GETRANGE city -3 -1", reply: '"cht"' },
  ],
  run({ keys }, [key, from, to]) {
    let start = integerArgument(from!);
    let end = integerArgument(to!);
    const value = keys.readString(key!) ?? "";
    if (start < 0 && end < 0 && start > end) return bulk("");
    if (start < 0) start = Math.max(0, value.length + start);
    if (end < 0) end = Math.max(0, value.length + end);
    return bulk(value.slice(start, Math.min(end, value.length - 1) + 1));
  },
};
