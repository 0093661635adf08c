// SETNX: SET with NX, answering in ones and zeros.
import { integer } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const setnx: CommandDefinition = {
  name: "SETNX",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Gives a key a string if the key is not there.",
  syntax: "SETNX key value",
  examples: [
    { run: "SETNX city Utrecht", reply: "(integer) 1" },
    { run: "SETNX city Delft", reply: "(integer) 0" },
  ],
  run({ keys }, [key, value]) {
    if (keys.read(key!) !== undefined) return integer(0);
    keys.writeString(key!, value!, "set");
    return integer(1);
  },
};
