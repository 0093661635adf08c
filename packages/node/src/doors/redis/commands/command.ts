// COMMAND: which commands there are, made from the machine's table and the door's own, in the shapes that Redis answers
// and that redis-cli and libraries read.
import {
  arityFits,
  type ByteString,
  type CommandDefinition,
  categoriesOf,
  FAMILIES,
  globOf,
  keysOf,
  type Reply,
  utf8,
} from "@quorate/machine";
import type { DoorView, OwnCall, OwnCommand } from "../own-command.ts";
import {
  array,
  bulk,
  error,
  help,
  integer,
  map,
  NULL,
  SYNTAX_ERROR,
  set,
  simple,
  unknownSubcommand,
  wrongArity,
} from "../replies.ts";
import { argumentsOf } from "./command-syntax.ts";

const NONE: Reply = set([]);

/** A command of either kind, as COMMAND tells it. */
interface Described {
  readonly name: string;
  readonly arity: number;
  readonly flags: readonly string[];
  readonly categories: readonly string[];
  readonly group: string;
  readonly summary: string;
  readonly syntax: string;
  readonly definition: CommandDefinition | undefined;
}

const GROUPS: ReadonlyMap<string, string> = new Map(
  FAMILIES.flatMap(({ name, commands }) => commands.map((command) => [command.name, name] as const)),
);

function ofMachine(definition: CommandDefinition): Described {
  const { name, arity, flags, summary, syntax, keys } = definition;
  const told = [
    ...(flags.includes("write") ? ["write"] : []),
    ...(flags.includes("readonly") ? ["readonly"] : []),
    ...(flags.includes("grows") ? ["denyoom"] : []),
    ...(flags.includes("admin") ? ["admin"] : []),
    ...(flags.includes("fast") ? ["fast"] : []),
    ...(flags.includes("no-multi") ? ["no_multi"] : []),
    ...(typeof keys === "function" ? ["movablekeys"] : []),
  ];
  const categories = categoriesOf(definition);
  return { name, arity, flags: told, categories, group: GROUPS.get(name) ?? "module", summary, syntax, definition };
}

function ofDoor({
  name,
  arity,
  group,
  summary,
  syntax,
  isOpen,
  amidTransaction,
  isAdmin,
  isRead,
}: OwnCommand): Described {
  const flags = [
    "loading",
    "stale",
    "fast",
    ...(isOpen === true ? ["no_auth"] : []),
    ...(amidTransaction === "refuse" ? ["no_multi"] : []),
    ...(isAdmin === undefined ? [] : ["admin"]),
    ...(isRead === undefined ? [] : ["readonly"]),
  ];
  return { name, arity, flags, categories: ["connection"], group, summary, syntax, definition: undefined };
}

function find(door: DoorView, name: ByteString): Described | undefined {
  const own = door.ownCommands.get(name.toUpperCase());
  if (own !== undefined) return ofDoor(own);
  const definition = door.replica.commands.get(name.toLowerCase());
  return definition && ofMachine(definition);
}

function all(door: DoorView): readonly Described[] {
  const machine = [...door.replica.commands.values()].filter(({ name }) => !door.ownCommands.has(name));
  return [...machine.map(ofMachine), ...[...door.ownCommands.values()].map(ofDoor)];
}

function describe(command: Described): Reply {
  const { name, arity, flags, categories, definition } = command;
  const { first, last, step } = range(definition);
  return array([
    bulk(name.toLowerCase()),
    integer(arity),
    set(flags.map(simple)),
    integer(first),
    integer(last),
    integer(step),
    set([...categories, flags.includes("fast") ? "fast" : "slow"].map((category) => simple(`@${category}`))),
    NONE,
    keySpecs(definition, flags),
    NONE,
  ]);
}

function range(definition: CommandDefinition | undefined): { first: number; last: number; step: number } {
  const keys = definition?.keys;
  return keys === undefined || typeof keys === "function" ? { first: 0, last: 0, step: 0 } : keys;
}

/** Where the keys stand, in the words of Redis 7: where to begin, and how to go on from there. */
function keySpecs(definition: CommandDefinition | undefined, flags: readonly string[]): Reply {
  if (definition === undefined) return NONE;
  const access = set((flags.includes("write") ? ["RW", "update"] : ["RO", "access"]).map(simple));
  const unknown = map({ type: bulk("unknown"), spec: map({}) });
  if (typeof definition.keys === "function")
    return set([map({ flags: access, begin_search: unknown, find_keys: unknown })]);
  const { first, last, step } = definition.keys;
  if (first === 0) return NONE;
  const lastKey = last < 0 ? last : last - first;
  return set([
    map({
      flags: access,
      begin_search: map({ type: bulk("index"), spec: map({ index: integer(first) }) }),
      find_keys: map({
        type: bulk("range"),
        spec: map({ lastkey: integer(lastKey), keystep: integer(step), limit: integer(0) }),
      }),
    }),
  ]);
}

function document({ replica }: DoorView, { summary, group, syntax }: Described): Reply {
  return map({
    summary: bulk(utf8(summary)),
    since: bulk(replica.status().version),
    group: bulk(group),
    arguments: argumentsOf(syntax),
  });
}

function docs(door: DoorView, names: readonly ByteString[]): Reply {
  const chosen = names.length === 0 ? all(door) : names.flatMap((name) => find(door, name) ?? []);
  return {
    kind: "map",
    entries: chosen.map((command) => [bulk(command.name.toLowerCase()), document(door, command)] as const),
  };
}

function list(door: DoorView, [word, by, value, ...rest]: readonly ByteString[]): Reply {
  const names = all(door);
  const answer = (chosen: readonly Described[]): Reply => array(chosen.map(({ name }) => bulk(name.toLowerCase())));
  if (word === undefined) return answer(names);
  if (word.toLowerCase() !== "filterby" || value === undefined || rest.length > 0) return SYNTAX_ERROR;
  switch (by!.toLowerCase()) {
    case "module":
      return answer(names.filter(({ name, group }) => group === "module" && name.startsWith(`${value}.`)));
    case "aclcat":
      return answer(names.filter(({ categories }) => categories.includes(value.toLowerCase())));
    case "pattern": {
      const matches = nameGlob(value);
      return answer(names.filter(({ name }) => matches(name.toLowerCase())));
    }
    default:
      return SYNTAX_ERROR;
  }
}

/** No name is as long as what a longer pattern could be for. */
const PATTERN_LENGTH_MAX = 128;

/** Reads a pattern of names; answers whether a name matches. */
export function nameGlob(pattern: ByteString): (name: string) => boolean {
  return pattern.length <= PATTERN_LENGTH_MAX ? globOf(pattern.toLowerCase()) : () => false;
}

function getKeys({ door }: OwnCall, words: readonly ByteString[], withFlags: boolean): Reply {
  const command = find(door, words[0]!);
  if (command === undefined) return error("ERR Invalid command specified");
  const { definition } = command;
  if (definition === undefined) return error("ERR The command has no key arguments");
  if (!arityFits(definition, words.length)) return error("ERR Invalid number of arguments specified for command");
  const keys = keysOf(definition.keys, words);
  if (keys.length === 0) return error("ERR The command has no key arguments");
  const access = set((definition.flags.includes("write") ? ["RW", "update"] : ["RO", "access"]).map(simple));
  return array(keys.map((key) => (withFlags ? array([bulk(key), access]) : bulk(key))));
}

export const command: OwnCommand = {
  name: "COMMAND",
  arity: -1,
  group: "server",
  summary: "Which commands there are, what their words mean and where their keys stand.",
  syntax: "COMMAND [subcommand [argument ...]]",
  run(call) {
    const { door } = call;
    const [word, ...args] = call.args;
    const misfit = (): Reply => wrongArity(`command|${word}`);
    switch (word?.toLowerCase()) {
      case undefined:
        return array(all(door).map(describe));
      case "count":
        return args.length > 0 ? misfit() : integer(all(door).length);
      case "info": {
        if (args.length === 0) return array(all(door).map(describe));
        const found = args.map((name) => find(door, name));
        return array(found.map((told) => (told === undefined ? NULL : describe(told))));
      }
      case "docs":
        return docs(door, args);
      case "list":
        return list(door, args);
      case "getkeys":
      case "getkeysandflags":
        return args.length < 2 ? misfit() : getKeys(call, args, word!.toLowerCase() === "getkeysandflags");
      case "help":
        return help("COMMAND", {
          "(no subcommand)": "All commands, as INFO tells them.",
          COUNT: "How many there are.",
          "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]": "Their names.",
          "INFO [<name> ...]": "Their words, keys and flags.",
          "DOCS [<name> ...]": "Their documentation.",
          "GETKEYS <command>": "The keys of a whole command.",
          "GETKEYSANDFLAGS <command>": "The same, and what happens to them.",
        });
      default:
        return unknownSubcommand("COMMAND", word!);
    }
  },
};
