// All families together, and the ways in which their methods are offered: as commands that are sent at once (the
// client), and as commands that are not (`cmd`, for pipelines, transactions, timers).
import type { Command, Word } from "../command.ts";
import { byName } from "../command.ts";
import { anything, anythingInBytes, bytes, type Decode, text, type Value } from "../reply.ts";
import { HashCommands } from "./hash-commands.ts";
import { KeyCommands } from "./key-commands.ts";
import { ListCommands } from "./list-commands.ts";
import { OwnCommands } from "./own-commands.ts";
import { SetCommands } from "./set-commands.ts";
import { SortedSetCommands } from "./sorted-set-commands.ts";
import { StringCommands } from "./string-commands.ts";

/** Every typed command, as a value that has not been sent. */
export interface Commands<V>
  extends KeyCommands<V>,
    StringCommands<V>,
    HashCommands<V>,
    ListCommands<V>,
    SetCommands<V>,
    SortedSetCommands<V>,
    OwnCommands<V> {
  /** Any command by its words. One that is not built in counts as a write. */
  command(...words: Word[]): Command<Value>;
  /** Any command that only reads, by its words: for the reads of your own modules. */
  query(...words: Word[]): Command<Value>;
}

type Sending<F> = F extends (...args: infer A) => Command<infer R> ? (...args: A) => Promise<R> : never;

/** The same methods, each sent at once. */
export type Sent<V> = { [Name in keyof Commands<V>]: Sending<Commands<V>[Name]> };

type AnyFamily = new <V>(value: Decode<V>) => object;

const FAMILIES: readonly AnyFamily[] = [
  KeyCommands,
  StringCommands,
  HashCommands,
  ListCommands,
  SetCommands,
  SortedSetCommands,
  OwnCommands,
];

type Make = (...args: unknown[]) => Command;

function commandsWith<V>(value: Decode<V>, any: Decode<Value>): Commands<V> {
  const all: Record<string, Make> = {
    command: (...words) => byName(any, words as Word[]),
    query: (...words) => ({ kind: "read", words: words as Word[], decode: any }),
  };
  for (const Each of FAMILIES) {
    const family = new Each(value);
    for (const name of Object.getOwnPropertyNames(Each.prototype)) {
      if (name === "constructor") continue;
      all[name] = (family as Record<string, Make>)[name]!.bind(family);
    }
  }
  return all as unknown as Commands<V>;
}

/**
 * Commands that are not sent yet, values as text.
 *
 * @example
 * const [visits, name] = await client.pipeline([cmd.incr("visits"), cmd.get("name")]);
 */
export const cmd: Commands<string> = commandsWith(text, anything);

/** The same with values as bytes. */
export const bytesCmd: Commands<Uint8Array> = commandsWith(bytes, anythingInBytes);

/** Gives a class every method of the commands; its `run` sends them. */
export function addMethods<V>(prototype: Sender, commands: Commands<V>): void {
  for (const [name, make] of Object.entries(commands as unknown as Record<string, Make>)) {
    const value = async function (this: Sender, ...args: unknown[]): Promise<unknown> {
      return await this.run(make(...args));
    };
    Object.defineProperty(prototype, name, { value });
  }
}

/** What sends a command. */
export interface Sender {
  run<R>(command: Command<R>): Promise<R>;
}
