// The commands that a command would run: those among its words, and those among theirs. A permission has to hold for
// each of them, or a transaction would be a way around it.
import { type Arguments, byteString, type CommandDefinition, type CommandTable, NESTING_MAX } from "@quorate/machine";
import type { Words } from "../running-replica.ts";

export interface InnerCommand {
  /** As it was written, in lower case. */
  readonly name: string;
  /** Undefined if there is none of that name. */
  readonly command: CommandDefinition | undefined;
  /** 1 right inside of the outermost command. */
  readonly depth: number;
}

/** All of them; those below one that lies too deep to be run are left out. */
export function commandsWithin(
  commands: CommandTable,
  outermost: CommandDefinition,
  words: Words,
): readonly InnerCommand[] {
  const found: InnerCommand[] = [];
  const waiting = [{ command: outermost, args: words.slice(1).map(byteString) as Arguments, depth: 1 }];
  for (let outer = waiting.pop(); outer !== undefined; outer = waiting.pop()) {
    const { depth } = outer;
    for (const [word = "", ...args] of outer.command.within?.(outer.args) ?? []) {
      const name = word.toLowerCase();
      const command = commands.get(name);
      found.push({ name, command, depth });
      if (command !== undefined && depth <= NESTING_MAX) waiting.push({ command, args, depth: depth + 1 });
    }
  }
  return found;
}
