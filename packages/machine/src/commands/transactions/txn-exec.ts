// TXN.EXEC: what a door makes of MULTI … EXEC: the queued commands and the revisions at which keys were watched, in one
// command of the log. Each command answers for itself, as in Redis: one that is refused undoes itself, not the others.
import { array, NULL_ARRAY } from "../../reply/reply.ts";
import { rangedInteger } from "../arguments.ts";
import type { CommandDefinition } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { checkQueued, type QueuedCommand, queuedFrom, readQueued } from "./queued.ts";

export const txnExec: CommandDefinition = {
  name: "TXN.EXEC",
  arity: -2,
  flags: ["write", "no-multi"],
  // As EXEC's own: what it may do is what the commands in it may.
  categories: ["connection", "transaction"],
  keys: (words) => Array.from({ length: Math.min(Number(words[1]) || 0, words.length) }, (_, at) => 2 + 2 * at),
  summary:
    "Runs queued commands in one step unless a watched key has changed since its revision; answers their replies, or null.",
  syntax: "TXN.EXEC watched [key revision ...] [words command [argument ...] ...]",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "TXN.EXEC 1 a 1 2 INCR a 2 GET a", reply: '1) (integer) 2\n2) "2"' },
    { run: "TXN.EXEC 1 a 1 2 INCR a", reply: "(nil)" },
  ],
  within: (args) => queuedFrom(args, 1 + 2 * (Number(args[0]) || 0)),
  run(context, args) {
    const watched = rangedInteger(args[0]!, 0, args.length, "ERR first stands the number of watched keys");
    const first = 1 + 2 * watched;
    if (first > args.length) throw new CommandError("ERR every watched key has a revision");
    const commands: QueuedCommand[] = [];
    for (let at = first; at < args.length; ) {
      const { words, next } = readQueued(args, at);
      commands.push(words);
      at = next;
    }
    checkQueued(context, commands);
    for (let at = 1; at < first; at += 2) {
      const revision = rangedInteger(args[at + 1]!, 0, 2 ** 48 - 1, "ERR a revision is an integer from 0");
      if (context.keys.changedSince(args[at]!, revision)) return NULL_ARRAY;
    }
    return array(commands.map((words) => context.call(words)));
  },
};
