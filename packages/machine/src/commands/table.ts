// Every command that the machine knows, by name. The doors, COMMAND DOCS and the reference are made from it.
import { invariant } from "@quorate/core";
import type { Arguments, CommandDefinition, CommandFamily, KeySpec } from "./command.ts";
import { hashCommands } from "./hashes/index.ts";
import { keyCommands } from "./keys/index.ts";
import { listCommands } from "./lists/index.ts";
import { OWN_FAMILIES } from "./own-families.ts";
import { setCommands } from "./sets/index.ts";
import { stringCommands } from "./strings/index.ts";
import { sortedSetCommands } from "./zsets/index.ts";

/** The built-in families. */
export const FAMILIES: readonly CommandFamily[] = [
  keyCommands,
  stringCommands,
  listCommands,
  hashCommands,
  setCommands,
  sortedSetCommands,
  ...OWN_FAMILIES,
];

export type CommandTable = ReadonlyMap<string, CommandDefinition>;

/** A table of families; names are looked up in lower case. */
export function commandTable(families: readonly CommandFamily[]): CommandTable {
  const table = new Map<string, CommandDefinition>();
  for (const family of families) {
    for (const command of family.commands) {
      const name = command.name.toLowerCase();
      invariant(!table.has(name), () => `two commands are named ${command.name}`);
      table.set(name, command);
    }
  }
  return table;
}

/** Whether that many words, the name included, satisfy a command's arity. */
export function arityFits({ arity }: CommandDefinition, words: number): boolean {
  return arity >= 0 ? words === arity : words >= -arity;
}

/** The keys among a command's words. */
export function keysOf(spec: KeySpec, words: Arguments): readonly string[] {
  if (typeof spec === "function") return spec(words).flatMap((place) => words[place] ?? []);
  const keys: string[] = [];
  if (spec.first === 0) return keys;
  const last = spec.last < 0 ? words.length + spec.last : Math.min(spec.last, words.length - 1);
  for (let place = spec.first; place <= last; place += spec.step) keys.push(words[place]!);
  return keys;
}
