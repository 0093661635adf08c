// GETSET: sets a string and answers the one before.
import { bulkOrNull } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const getset: CommandDefinition = {
  name: "GETSET",
  arity: 3,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Gives a key a string and answers the one that it held.",
  syntax: "GETSET key value",
  examples: [
    { run: "GETSET city Utrecht", reply: "(nil)" },
    { run: "GETSET city Delft", reply: '"Utrecht"' },
  ],
  run({ keys }, [key, value]) {
    const before = keys.readString(key!);
    keys.writeString(key!, value!, "set");
    return bulkOrNull(before);
  },
};
