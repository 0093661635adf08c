// OBJECT ENCODING: how Redis would keep what a key holds. Nothing here is kept so; tools that ask get a plausible word.
import { bulk, NULL } from "../../reply/reply.ts";
import type { Collection, KeyEntry, Keyspace } from "../../state/keyspace.ts";
import { parseInt64, word } from "../arguments.ts";
import type { CommandDefinition } from "../command.ts";
import { CommandError, untilZero, wrongArity } from "../command-error.ts";

export const object: CommandDefinition = {
  name: "OBJECT",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 2, last: 2, step: 1 },
  summary: "How Redis would encode what a key holds.",
  syntax: "OBJECT ENCODING key",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "OBJECT ENCODING a", reply: '"int"' },
  ],
  refuse([subcommand, ...rest]) {
    if (word(subcommand) !== "encoding")
      throw new CommandError(`ERR unknown subcommand '${untilZero(subcommand!).slice(0, 128)}'. Try OBJECT HELP.`);
    if (rest.length !== 1) throw wrongArity("object|encoding");
  },
  run({ keys }, [, key]) {
    const entry = keys.read(key!);
    return entry === undefined ? NULL : bulk(encodingOf(keys, entry));
  },
};

const SMALL_ENTRIES = 128;
const SMALL_BYTES = 64;
const INTEGERS_MAX = 512;

function encodingOf(keys: Keyspace, entry: KeyEntry): string {
  switch (entry.type) {
    case "string":
      if (parseInt64(entry.body) !== undefined) return "int";
      return entry.body.length <= 44 ? "embstr" : "raw";
    case "list":
      return "quicklist";
    case "set": {
      const { index } = keys.open(entry);
      const whole = index.size <= INTEGERS_MAX && index.slice(0, index.size).every(([key]) => isInteger(key.slice(6)));
      return whole ? "intset" : "hashtable";
    }
    case "hash":
      return isSmall(keys.open(entry)) ? "listpack" : "hashtable";
    case "zset":
      return isSmall(keys.open(entry)) ? "listpack" : "skiplist";
    default:
      return "raw";
  }
}

const isInteger = (text: string): boolean => parseInt64(text) !== undefined;

function isSmall({ index }: Collection): boolean {
  if (index.size > SMALL_ENTRIES) return false;
  return index
    .slice(0, index.size)
    .every(([key, value]) => key.length - 6 <= SMALL_BYTES && value.length <= SMALL_BYTES);
}
