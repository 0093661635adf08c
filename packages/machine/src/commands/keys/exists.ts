// EXISTS and TOUCH: how many of some keys are there.
import { integer, type Reply } from "../../reply/reply.ts";
import { ALL_KEYS, type Arguments, type CommandContext, type CommandDefinition } from "../command.ts";

export const exists: CommandDefinition = {
  name: "EXISTS",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: ALL_KEYS,
  summary: "Tells how many of the keys are there; one named twice counts twice.",
  syntax: "EXISTS key [key ...]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "EXISTS a a missing", reply: "(integer) 2" },
  ],
  run: countKeys,
};

export function countKeys({ keys }: CommandContext, args: Arguments): Reply {
  return integer(args.filter((key) => keys.read(key) !== undefined).length);
}
