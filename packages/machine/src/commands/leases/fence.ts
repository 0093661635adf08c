// FENCE: another command, guarded by a fencing token that the store itself checks. However long its sender was paused
// or cut off, the write of a holder whose lease has ended is refused.
import { holds } from "../../state/leases.ts";
import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { fenced, tokenArgument } from "./lease-steps.ts";

export const fence: CommandDefinition = {
  name: "FENCE",
  arity: -4,
  flags: ["write"],
  // It only ever takes away: what it may do is what the command in it may.
  categories: ["connection", "lease"],
  keys: FIRST_KEY,
  summary: "Runs a command if the token still holds the lock, election or semaphore; else it is refused with FENCED.",
  syntax: "FENCE key token command [argument ...]",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    { run: "FENCE door 1 SET room tidy", reply: "OK" },
    { run: "LOCK.RELEASE door 1", reply: "OK" },
    { run: "FENCE door 1 SET room untidy", reply: "(error) FENCED token 1 does not hold 'door'" },
  ],
  within: ([, , ...words]) => [words],
  run(context, [key, number, ...words]) {
    const token = tokenArgument(number!);
    if (!holds(context.state, key!, token)) throw fenced(key!, token);
    return context.call(words);
  },
};
