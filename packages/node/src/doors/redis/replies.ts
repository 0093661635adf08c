// The few replies that the door's own commands are made of.
import { type ByteString, type Reply, utf8 } from "@quorate/machine";

export const OK: Reply = { kind: "simple", text: "OK" };
export const NULL: Reply = { kind: "null" };
export const EMPTY: Reply = { kind: "array", items: [] };

export const simple = (text: string): Reply => ({ kind: "simple", text });
export const bulk = (value: ByteString): Reply => ({ kind: "bulk", value });
export const integer = (value: number): Reply => ({ kind: "integer", value });
export const array = (items: readonly Reply[]): Reply => ({ kind: "array", items });
export const set = (items: readonly Reply[]): Reply => ({ kind: "set", items });
export const error = (text: ByteString): Reply => ({ kind: "error", text });
/** Text of our own, which may hold any character. */
export const text = (value: string): Reply => ({ kind: "verbatim", format: "txt", text: utf8(value) });

/** A map with text keys. */
export function map(entries: Readonly<Record<string, Reply>>): Reply {
  return { kind: "map", entries: Object.entries(entries).map(([key, value]) => [bulk(key), value] as const) };
}

export const SYNTAX_ERROR: Reply = error("ERR syntax error");
export const NOT_AN_INTEGER: Reply = error("ERR value is not an integer or out of range");

/** What Redis says of a subcommand that it does not know. */
export const unknownSubcommand = (command: string, subcommand: ByteString): Reply =>
  error(`ERR unknown subcommand '${subcommand.slice(0, 128)}'. Try ${command} HELP.`);

export const wrongArity = (name: string): Reply =>
  error(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);

/** A whole number from 0 on, as Redis reads it. */
export function wholeNumber(word: ByteString | undefined): number | undefined {
  if (word === undefined || !/^(0|[1-9]\d{0,15})$/.test(word)) return undefined;
  const value = Number(word);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** HELP of a command with subcommands: a line each. */
export function help(command: string, lines: Readonly<Record<string, string>>): Reply {
  const head = `${command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`;
  const listed = Object.entries({ ...lines, HELP: "Prints this help." }).flatMap(([usage, what]) => [
    usage,
    `    ${what}`,
  ]);
  return array([head, ...listed].map(simple));
}
