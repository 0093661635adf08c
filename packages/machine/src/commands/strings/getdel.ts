// GETDEL: takes a string away and answers it.
import { bulkOrNull } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const getdel: CommandDefinition = {
  name: "GETDEL",
  arity: 2,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Answers a string and removes its key.",
  syntax: "GETDEL key",
  examples: [
    { run: "SET city Utrecht", reply: "OK" },
    { run: "GETDEL city", reply: '"Utrecht"' },
    { run: "EXISTS city", reply: "(integer) 0" },
  ],
  run({ keys }, [key]) {
    const value = keys.readString(key!);
    if (value !== undefined) keys.remove(key!, "del");
    return bulkOrNull(value);
  },
};
