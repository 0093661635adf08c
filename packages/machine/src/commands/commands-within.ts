// The commands that a command would run: those among its words, and those among theirs. What holds of a command has to
// be asked of each of them, or a transaction would be a way around permissions and limits.
import { type Arguments, type CommandDefinition, NESTING_MAX } from "./command.ts";
import type { CommandTable } from "./table.ts";

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
  outermostArgs: Arguments,
): readonly InnerCommand[] {
  const found: InnerCommand[] = [];
  const waiting = [{ command: outermost, args: outermostArgs, depth: 1 }];
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

/** Whether a command, or one inside of it, can make the state larger: what doors refuse when the disk is nearly full. */
export function mayGrow(commands: CommandTable, command: CommandDefinition, args: Arguments): boolean {
  if (command.flags.includes("grows")) return true;
  return commandsWithin(commands, command, args).some((inner) => inner.command?.flags.includes("grows"));
}
