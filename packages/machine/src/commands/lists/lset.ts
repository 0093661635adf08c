// LSET: replaces the element at one place of a list.
import { OK } from "../../reply/reply.ts";
import { integerArgument } from "../arguments.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { indexOutOfRange, noSuchKey } from "../command-error.ts";
import { positionOf } from "./positions.ts";

export const lset: CommandDefinition = {
  name: "LSET",
  arity: 4,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Replaces the element at a place of a list; an error when the place is outside of it.",
  syntax: "LSET key index element",
  examples: [
    { run: "RPUSH queue a b c", reply: "(integer) 3" },
    { run: "LSET queue -1 z", reply: "OK" },
    { run: "LRANGE queue 0 -1", reply: '1) "a"\n2) "b"\n3) "z"' },
    { run: "LSET queue 3 d", reply: "(error) ERR index out of range" },
  ],
  run({ keys }, [key, index, element]) {
    const list = keys.readCollection(key!, "list");
    if (list === undefined) throw noSuchKey();
    const place = positionOf(integerArgument(index!), list.index.size);
    if (place === undefined) throw indexOutOfRange();
    list.index.setAt(place, element!);
    keys.saveCollection(key!, list, "lset");
    return OK;
  },
};
