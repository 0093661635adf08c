// FLUSHDB: the same as FLUSHALL, since there is one database.
import { type CommandDefinition, NO_KEYS } from "../command.ts";
import { flushKeys } from "./flushall.ts";

export const flushdb: CommandDefinition = {
  name: "FLUSHDB",
  arity: -1,
  flags: ["write", "dangerous"],
  keys: NO_KEYS,
  summary: "Removes every key.",
  syntax: "FLUSHDB [ASYNC | SYNC]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "FLUSHDB ASYNC", reply: "OK" },
    { run: "DBSIZE", reply: "(integer) 0" },
  ],
  run: flushKeys,
};
