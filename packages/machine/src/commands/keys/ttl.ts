// TTL: how long a key still lives. What the four commands that tell an expiry share is here.
import { integer, type Reply } from "../../reply/reply.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";

export const ttl: CommandDefinition = {
  name: "TTL",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: FIRST_KEY,
  summary: "The seconds that a key still lives, by estimate; -1 if it does not expire, -2 if it is missing.",
  syntax: "TTL key",
  examples: [
    { run: "SET a 1 EX 60", reply: "OK" },
    { run: "TTL a", reply: "(integer) 60" },
    { run: "TTL missing", reply: "(integer) -2" },
  ],
  run: (context, [key]) => expiryOf(context, key!, (left) => Math.floor((left + 500) / 1000)),
};

/** Tells a key's expiry: what is left of it, or when it is. An estimate of what is left is at least 1. */
export function expiryOf(
  { keys, now }: CommandContext,
  key: string,
  print: (left: number) => number,
  absolute = false,
): Reply {
  const entry = keys.read(key);
  if (entry === undefined) return integer(-2);
  if (entry.expireAt === 0) return integer(-1);
  return integer(absolute ? print(entry.expireAt) : Math.max(1, print(entry.expireAt - now)));
}
