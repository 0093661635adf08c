// RENAME: another name for a key.
import { integer, OK, type Reply } from "../../reply/reply.ts";
import { isLease } from "../../state/leases.ts";
import type { Arguments, CommandContext, CommandDefinition } from "../command.ts";
import { noSuchKey, wrongType } from "../command-error.ts";

export const rename: CommandDefinition = {
  name: "RENAME",
  arity: 3,
  flags: ["write"],
  keys: { first: 1, last: 2, step: 1 },
  summary: "Gives what a key holds another name; a key of that name is replaced.",
  syntax: "RENAME key newkey",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "RENAME a b", reply: "OK" },
    { run: "RENAME a b", reply: "(error) ERR no such key" },
  ],
  run: (context, args) => {
    renameKey(context, args, false);
    return OK;
  },
};

/** Answers 1 if the key got its new name, 0 if that was refused or is the same. */
export function renameKey({ keys }: CommandContext, [key, target]: Arguments, careful: boolean): Reply {
  const entry = keys.read(key!);
  if (entry === undefined) throw noSuchKey();
  if (isLease(entry)) throw wrongType();
  if (key === target || (careful && keys.read(target!) !== undefined)) return integer(0);
  keys.rename(key!, entry, target!);
  return integer(1);
}
