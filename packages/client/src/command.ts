// A command as a value: its words, whether it reads or writes, and how its reply is read. Methods of the client send one;
// pipelines, transactions, timers and fences are made of several.
import type { JsonReply, JsonWord } from "@quorate/core/api";
import { QuorateError } from "./errors.ts";
import { READS } from "./read-commands.ts";

/** A key, value or argument. Text goes as UTF-8, a number in decimal, bytes as they are. */
export type Word = string | number | bigint | Uint8Array;

export interface Command<R = unknown> {
  readonly words: readonly Word[];
  /** A read is asked again freely; a write is numbered, so that it is applied once. */
  readonly kind: "read" | "write";
  readonly decode: (reply: JsonReply) => R;
}

/** What a command's reply becomes. */
export type ReplyOf<C> = C extends Command<infer R> ? R : never;

/** The replies of several commands, each at its command's place. */
export type RepliesOf<C extends readonly Command[]> = { -readonly [K in keyof C]: ReplyOf<C[K]> };

export function read<R>(decode: (reply: JsonReply) => R, ...words: readonly Word[]): Command<R> {
  return { kind: "read", words, decode };
}

export function write<R>(decode: (reply: JsonReply) => R, ...words: readonly Word[]): Command<R> {
  return { kind: "write", words, decode };
}

/** A command by its words; whether it reads is known of the built-in ones, every other one counts as a write. */
export function byName<R>(decode: (reply: JsonReply) => R, words: readonly Word[]): Command<R> {
  const [name] = words;
  if (typeof name !== "string" || name === "")
    throw new QuorateError("USAGE", 'a command begins with its name: command("SET", "key", "value")');
  return { kind: READS.has(name.toUpperCase()) ? "read" : "write", words, decode };
}

/** As the name of a command stands in messages. */
export function nameOf({ words: [name] }: Command): string {
  return String(name).toUpperCase();
}

export function toJsonWord(word: Word): JsonWord {
  if (typeof word === "string") return word;
  if (word instanceof Uint8Array) return { base64: toBase64(word) };
  return String(word);
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
