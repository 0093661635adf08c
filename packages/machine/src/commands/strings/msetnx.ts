// MSETNX: MSET if none of the keys is there.
import { integer } from "../../reply/reply.ts";
import type { CommandDefinition } from "../command.ts";
import { PAIRED_KEYS, pairsOf } from "./mset.ts";

export const msetnx: CommandDefinition = {
  name: "MSETNX",
  arity: -3,
  flags: ["write", "grows"],
  keys: PAIRED_KEYS,
  summary: "Gives many keys strings if none of them is there.",
  syntax: "MSETNX key value [key value ...]",
  examples: [
    { run: "MSETNX a 1 b 2", reply: "(integer) 1" },
    { run: "MSETNX b 3 c 4", reply: "(integer) 0" },
    { run: "EXISTS c", reply: "(integer) 0" },
  ],
  run({ keys }, args) {
    const pairs = pairsOf("MSETNX", args);
    if (pairs.some(([key]) => keys.read(key) !== undefined)) return integer(0);
    for (const [key, value] of pairs) keys.writeString(key, value, "set");
    return integer(1);
  },
};
