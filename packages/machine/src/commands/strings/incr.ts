// INCR: one more. What INCR, DECR, INCRBY and DECRBY share is here.
import { integer, type Reply } from "../../reply/reply.ts";
import { INT64_MAX, INT64_MIN, int64 } from "../arguments.ts";
import { type CommandContext, type CommandDefinition, FIRST_KEY } from "../command.ts";
import { CommandError } from "../command-error.ts";

export const incr: CommandDefinition = {
  name: "INCR",
  arity: 2,
  flags: ["write", "grows", "fast"],
  keys: FIRST_KEY,
  summary: "Adds one to a number; a missing key counts as 0.",
  syntax: "INCR key",
  examples: [
    { run: "INCR hits", reply: "(integer) 1" },
    { run: "INCR hits", reply: "(integer) 2" },
  ],
  run: (context, [key]) => addInteger(context, key!, 1n),
};

/** Adds to the signed 64-bit number that a string spells; beyond its range nothing changes. */
export function addInteger({ keys }: CommandContext, key: string, amount: bigint): Reply {
  const entry = keys.readAs(key, "string");
  const sum = int64(entry?.body ?? "0") + amount;
  if (sum > INT64_MAX || sum < INT64_MIN) throw new CommandError("ERR increment or decrement would overflow");
  keys.writeString(key, String(sum), "incrby", entry?.expireAt);
  return integer(sum);
}
