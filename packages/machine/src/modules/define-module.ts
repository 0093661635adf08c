// Modules of users: typed commands over a state of their own, run by the same machine, in the same log and the same
// commits as every other command. A module's author writes plain functions over text, numbers, objects; here they are
// turned into the commands, replies and records that the machine speaks.
import { InvariantError } from "@quorate/core";
import { type ByteString, textOf, utf8 } from "../bytes/byte-string.ts";
import {
  type CommandContext,
  type CommandDefinition,
  type CommandExample,
  type CommandFamily,
  NO_KEYS,
} from "../commands/command.ts";
import { CommandError } from "../commands/command-error.ts";
import { array, bulk, double, integer, NULL, type Reply } from "../reply/reply.ts";
import { type Json, ModuleState, refuseDeep } from "./module-state.ts";
import { Refusal } from "./refusal.ts";

/** Where and when a command runs: all that it may know besides its arguments and its state. */
export interface ModuleContext {
  /** Log time in milliseconds: the only time there is. */
  readonly time: number;
  readonly index: number;
  /** The member whose block carried the command; -1 in a read. */
  readonly author: number;
  /** Who is signed in at the door; empty if nobody. */
  readonly user: string;
  /** A whole number from 0 to `bound` - 1, the same on every replica. */
  random(bound: number): number;
  /** Runs another command of the machine: `call("INCR", "visits")`. Its refusal is thrown, and undoes this one too. */
  call(...words: readonly (string | number)[]): Json;
}

export type ModuleCommand = (state: ModuleState, args: readonly string[], context: ModuleContext) => Json | undefined;

export interface ModuleCommandOptions {
  /** Changes nothing, and may be answered without the log. */
  readonly readonly?: boolean;
  /** False: it only removes, and so runs also when the disk is nearly full. */
  readonly grows?: boolean;
  /** How many arguments it takes; any number unless given. */
  readonly arguments?: number;
  /** One sentence for COMMAND DOCS and the reference. */
  readonly summary?: string;
  /** Its words as documents show them; its name and as many arguments as it takes unless given. */
  readonly syntax?: string;
  readonly examples?: readonly CommandExample[];
  readonly run: ModuleCommand;
}

export interface ModuleOptions {
  /** Lower case letters, digits and `-`; its commands are called `name.command`. */
  readonly name: string;
  readonly commands: Readonly<Record<string, ModuleCommand | ModuleCommandOptions>>;
}

/**
 * Makes a module: a family of commands for `createMachine({ families })`.
 *
 * @example
 * const auction = defineModule({
 *   name: "auction",
 *   commands: {
 *     bid(state, [item, amount], { user }) {
 *       const best = state.get(item) ?? { amount: 0, by: "" };
 *       if (Number(amount) <= best.amount) throw new Refusal(`${best.amount} is bid already`);
 *       state.set(item, { amount: Number(amount), by: user });
 *       return "accepted";
 *     },
 *   },
 * });
 */
export function defineModule({ name, commands }: ModuleOptions): CommandFamily {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new TypeError(`a module's name is lower case letters, digits and -: ${name}`);
  const definitions = Object.entries(commands).map(([word, command]) =>
    define(name, word, typeof command === "function" ? { run: command } : command),
  );
  return { name, title: name, commands: definitions };
}

function define(module: string, word: string, options: ModuleCommandOptions): CommandDefinition {
  if (!/^[a-z][a-z0-9-]*$/i.test(word)) throw new TypeError(`a command's name is letters, digits and -: ${word}`);
  const { run, summary = "", readonly = false, grows = true } = options;
  const name = `${module}.${word}`;
  return {
    name,
    arity: options.arguments === undefined ? -1 : options.arguments + 1,
    flags: readonly ? ["readonly"] : grows ? ["write", "grows"] : ["write"],
    keys: NO_KEYS,
    summary,
    syntax: options.syntax ?? syntaxOf(name, options.arguments),
    examples: options.examples ?? [],
    run(context, args) {
      const state = new ModuleState(context.state.batch, module, !readonly);
      try {
        const answer = run(state, args.map(argumentText), contextOf(context)) ?? null;
        if (answer instanceof Promise) throw new InvariantError(`${name} is asynchronous; a command answers at once`);
        refuseDeep(answer);
        return replyOf(answer);
      } catch (error) {
        if (error instanceof Refusal) throw new CommandError(utf8(`${error.code} ${error.message}`));
        throw error;
      }
    },
  };
}

function syntaxOf(name: string, count: number | undefined): string {
  if (count === undefined) return `${name} [argument ...]`;
  return [name, ...Array.from({ length: count }, (_, at) => (count === 1 ? "argument" : `argument-${at + 1}`))].join(
    " ",
  );
}

function argumentText(arg: ByteString): string {
  const text = textOf(arg);
  if (text === undefined) throw new CommandError("ERR an argument is not UTF-8 text");
  return text;
}

/** Replies of other commands may hold any bytes; what is no text shows as its bytes, one character each. */
const anyText = (bytes: ByteString): string => textOf(bytes) ?? bytes;

function contextOf(context: CommandContext): ModuleContext {
  return {
    time: context.time,
    index: context.index,
    author: context.author,
    user: context.user,
    random: (bound) => context.random.below(bound),
    call(...words) {
      const reply = context.call(words.map((word) => utf8(String(word))));
      if (reply.kind === "error") throw new CommandError(reply.text);
      return jsonOf(reply);
    },
  };
}

function replyOf(value: Json): Reply {
  if (value === null) return NULL;
  if (typeof value === "string") return bulk(utf8(value));
  if (typeof value === "number") return Number.isSafeInteger(value) ? integer(value) : double(value);
  if (typeof value === "boolean") return { kind: "boolean", value };
  if (Array.isArray(value)) return array(value.map(replyOf));
  // Objects are told in the order of their names, however they were put together.
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return { kind: "map", entries: entries.map(([key, each]) => [bulk(utf8(key)), replyOf(each)] as const) };
}

function jsonOf(reply: Reply): Json {
  switch (reply.kind) {
    case "simple":
    case "verbatim":
    case "error":
      return anyText(reply.text);
    case "bulk":
      return anyText(reply.value);
    case "integer":
      return typeof reply.value === "number" ? reply.value : String(reply.value);
    case "double":
    case "boolean":
      return reply.value;
    case "array":
    case "set":
      return reply.items.map(jsonOf);
    case "map":
    case "pairs":
      return reply.entries.map(([key, value]) => [jsonOf(key), jsonOf(value)]);
    default:
      return null;
  }
}
