// TYPE: what a key holds.
import { simple } from "../../reply/reply.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";

export const type: CommandDefinition = {
  name: "TYPE",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The type of what a key holds: string, list, hash, set, zset, one of our own, or none.",
  syntax: "TYPE key",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "TYPE a", reply: "string" },
    { run: "TYPE missing", reply: "none" },
  ],
  run: ({ keys }, [key]) => simple(keys.read(key!)?.type ?? "none"),
};
