// LOCK.RELEASE: a lock given up.

import { type CommandDefinition, FIRST_KEY } from "../command.ts";
import { releaseLease, tokenArgument } from "./lease-steps.ts";

export const lockRelease: CommandDefinition = {
  name: "LOCK.RELEASE",
  arity: 3,
  flags: ["write", "fast"],
  keys: FIRST_KEY,
  summary: "Gives a lock up; who waits first gets it at once.",
  syntax: "LOCK.RELEASE key token",
  examples: [
    { run: "LOCK.TRY door alice 30000", reply: "(integer) 1" },
    { run: "LOCK.RELEASE door 1", reply: "OK" },
    { run: "LOCK.RELEASE door 1", reply: "(error) FENCED token 1 does not hold 'door'" },
  ],
  run: (context, [key, token]) => releaseLease(context, key!, "lock", tokenArgument(token!)),
};
