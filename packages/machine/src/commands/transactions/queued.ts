// Commands inside of a command: each is written as the number of its words, and then the words. No quoting, no escapes:
// any bytes can stand in them.
import type { ByteString } from "../../bytes/byte-string.ts";
import { rangedInteger } from "../arguments.ts";
import type { Arguments, CommandContext } from "../command.ts";
import { CommandError } from "../command-error.ts";

export type QueuedCommand = readonly ByteString[];

/** Reads one queued command at a place; answers it and the place after it. */
export function readQueued(args: Arguments, place: number): { readonly words: QueuedCommand; readonly next: number } {
  const count = rangedInteger(
    args[place] ?? "",
    1,
    args.length,
    "ERR before each command stands the number of its words",
  );
  const next = place + 1 + count;
  if (next > args.length) throw new CommandError("ERR a command has fewer words than it says");
  return { words: args.slice(place + 1, next), next };
}

/** The commands from a place on, as far as they can be read. */
export function queuedFrom(args: Arguments, place: number): readonly QueuedCommand[] {
  const commands: QueuedCommand[] = [];
  try {
    for (let at = place; at < args.length; ) {
      const { words, next } = readQueued(args, at);
      commands.push(words);
      at = next;
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
  return commands;
}

/** Refuses what could not run, before anything has. */
export function checkQueued(context: CommandContext, commands: readonly QueuedCommand[]): void {
  const max = context.config.transactionCommandsMax;
  if (commands.length > max) throw new CommandError(`ERR a transaction may have at most ${max} commands`);
  for (const words of commands) context.check(words);
}
