// The commands that a command would run inside of itself, from words as doors have them. What a door asks of a command
// it asks of each of these too: whether its user may, whether it can make the state larger (`mayGrow` tells that at once).
import {
  byteString,
  type CommandDefinition,
  type CommandTable,
  type InnerCommand,
  commandsWithin as namedWithin,
} from "@quorate/machine";
import type { Words } from "../running-replica.ts";

export function commandsWithin(
  commands: CommandTable,
  outermost: CommandDefinition,
  words: Words,
): readonly InnerCommand[] {
  return namedWithin(commands, outermost, words.slice(1).map(byteString));
}
