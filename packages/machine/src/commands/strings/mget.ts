// MGET: many strings in one answer.
import { array, bulk, NULL } from "../../reply/reply.ts";
import { ALL_KEYS, type CommandDefinition } from "../command.ts";

export const mget: CommandDefinition = {
  name: "MGET",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: ALL_KEYS,
  summary: "The values of strings; null for what is missing or no string.",
  syntax: "MGET key [key ...]",
  examples: [
    { run: "MSET a 1 b 2", reply: "OK" },
    { run: "MGET a missing b", reply: '1) "1"\n2) (nil)\n3) "2"' },
  ],
  run: ({ keys }, args) =>
    array(
      args.map((key) => {
        const entry = keys.read(key);
        return entry?.type === "string" ? bulk(entry.body) : NULL;
      }),
    ),
};
