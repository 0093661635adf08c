// Which categories each command belongs to: what users are allowed and denied. They follow from what a command is, so
// that none is ever without: `read` or `write`, the family, and the word before the dot of names that have one.
//
// A command that administers is in `admin` alone: whoever may read and write everything may still not change users.

import { ALL_CATEGORIES } from "../state/users.ts";
import type { CommandDefinition } from "./command.ts";
import { type CommandTable, FAMILIES } from "./table.ts";

/** Where a category is not called like the family in documents. Names that Redis has are Redis's. */
const CATEGORY_OF_FAMILY: Readonly<Record<string, string>> = {
  generic: "keyspace",
  "sorted-set": "sortedset",
  transactions: "transaction",
  limits: "limit",
};

const FAMILY_CATEGORY: ReadonlyMap<string, string> = new Map(
  FAMILIES.flatMap(({ name, commands }) =>
    commands.map((command) => [command.name.toLowerCase(), CATEGORY_OF_FAMILY[name] ?? name] as const),
  ),
);

export function categoriesOf({ name, flags, categories: stated }: CommandDefinition): readonly string[] {
  if (stated !== undefined) return stated;
  if (flags.includes("admin")) return ["admin"];
  const categories = new Set<string>();
  if (flags.includes("readonly")) categories.add("read");
  if (flags.includes("write")) categories.add("write");
  if (flags.includes("connection")) categories.add("connection");
  if (flags.includes("dangerous")) categories.add("dangerous");
  const lower = name.toLowerCase();
  const family = FAMILY_CATEGORY.get(lower);
  if (family !== undefined) categories.add(family);
  const dot = lower.indexOf(".");
  if (dot > 0) categories.add(lower.slice(0, dot));
  return [...categories];
}

/** Every category that some command of the table is in, and `all`, in order. */
export function categoriesIn(commands: CommandTable): readonly string[] {
  const categories = new Set([ALL_CATEGORIES]);
  for (const command of commands.values()) for (const category of categoriesOf(command)) categories.add(category);
  return [...categories].sort();
}
