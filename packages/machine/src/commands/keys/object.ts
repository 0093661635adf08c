// OBJECT: what Redis tells of how it keeps a key. Nothing here is kept so; tools that ask get a plausible word where there
// is one, and are told where there is not.
import { array, bulk, integer, NULL, type Reply, simple } from "../../reply/reply.ts";
import type { Collection, KeyEntry, Keyspace } from "../../state/keyspace.ts";
import { parseInt64, word } from "../arguments.ts";
import type { CommandDefinition } from "../command.ts";
import { CommandError, untilZero, wrongArity } from "../command-error.ts";

export const object: CommandDefinition = {
  name: "OBJECT",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 2, last: 2, step: 1 },
  summary: "How Redis would encode what a key holds, and how many share it (nobody). Uses are not counted.",
  syntax: "OBJECT <ENCODING | REFCOUNT | FREQ | IDLETIME> key | OBJECT HELP",
  examples: [
    { run: "SET a 1", reply: "OK" },
    { run: "OBJECT ENCODING a", reply: '"int"' },
    { run: "OBJECT REFCOUNT a", reply: "(integer) 1" },
    { run: "OBJECT IDLETIME a", reply: "(error) ERR idle time is not tracked: a read leaves no mark in the state" },
  ],
  refuse([subcommand, ...rest]) {
    const name = word(subcommand);
    const answer = ANSWERS.get(name);
    if (answer === undefined && name !== "help")
      throw new CommandError(`ERR unknown subcommand '${untilZero(subcommand!).slice(0, 128)}'. Try OBJECT HELP.`);
    if (rest.length !== (name === "help" ? 0 : 1)) throw wrongArity(`object|${name}`);
  },
  run({ keys }, [subcommand, key]) {
    const answer = ANSWERS.get(word(subcommand));
    if (answer === undefined) return array(HELP.map(simple));
    const entry = keys.read(key!);
    return entry === undefined ? NULL : answer(keys, entry);
  },
};

const ANSWERS: ReadonlyMap<string, (keys: Keyspace, entry: KeyEntry) => Reply> = new Map([
  ["encoding", (keys: Keyspace, entry: KeyEntry): Reply => bulk(encodingOf(keys, entry))],
  ["refcount", (): Reply => integer(1)],
  [
    "freq",
    (): Reply => {
      throw new CommandError(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
      );
    },
  ],
  [
    "idletime",
    (): Reply => {
      throw new CommandError("ERR idle time is not tracked: a read leaves no mark in the state");
    },
  ],
]);

const HELP = [
  "OBJECT ENCODING key: the form in which Redis would keep it.",
  "OBJECT REFCOUNT key: always 1.",
  "OBJECT FREQ key, OBJECT IDLETIME key: refused, since uses are not counted.",
];

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
