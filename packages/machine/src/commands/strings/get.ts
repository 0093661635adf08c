// GET: the value of a string.
import { bulkOrNull } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const get: CommandDefinition = {
  name: "GET",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The value of a string.",
  syntax: "GET key",
  examples: [
    { run: "GET missing", reply: "(nil)" },
    { run: "SET city Utrecht", reply: "OK" },
    { run: "GET city", reply: '"Utrecht"' },
  ],
  run: (context, [key]) => bulkOrNull(context.keys.readString(key!)),
};
