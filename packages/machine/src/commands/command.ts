// What a command is, and how one is added.
//
// One command is one file, `commands/<family>/<name>.ts`, that exports one `CommandDefinition`:
//
//     export const strlen: CommandDefinition = {
//       name: "STRLEN",                      // upper case, as documents print it
//       arity: 2,                            // words, name included; negative: at least that many
//       flags: ["readonly", "fast"],
//       keys: { first: 1, last: 1, step: 1 },
//       summary: "Length of a string.",
//       syntax: "STRLEN key",
//       examples: [{ run: "SET a hello" , reply: "OK" }, { run: "STRLEN a", reply: "(integer) 5" }],
//       run: (context, [key]) => integer((context.keys.readString(key!) ?? "").length),
//     };
//
// 1. List it in its family's hand-kept index, `commands/<family>/index.ts` (an array), and the family in
//    `commands/table.ts`. Nothing else has to change: arity, unknown commands, limits, COMMAND DOCS and the reference
//    are read off the definition.
// 2. `run` gets the words after the name, as byte strings (`ByteString`: one character a byte). Compare option words
//    with `word(arg) === "nx"`; parse numbers with `commands/arguments.ts`, whose error texts are Redis's.
// 3. Read and change keys through `context.keys` (state/keyspace.ts) only. A collection is opened with
//    `readCollection` (undefined: no such key) or `editCollection` (new when absent), changed through its counted
//    index, and then saved with `saveCollection(key, collection, event)`, which removes the key when it became empty.
//    `event` is the name Redis gives the keyspace event.
// 4. Refuse by throwing `CommandError`: the command is undone as a whole. Check arguments in the order in which Redis
//    does, since the first thing that is wrong names the error.
// 5. No clock, no chance, no locale: `context.time` is log time, deadlines start at `context.start`, `context.now` is
//    for estimates such as TTL, `context.random` is seeded by the commit. Iterate only over what has an order.
// 6. `examples` run in order against an empty machine and must print exactly what they say; the reference in docs is
//    generated from them.
// 7. Give the family a generator in `test/redis/<family>.ts`, so that the comparison with a real Redis drives it.
import type { AuthorIndex, CommitIndex, Millis } from "@quorate/core";
import type { ByteString } from "../bytes/byte-string.ts";
import type { Reply } from "../reply/reply.ts";
import type { MachineConfig } from "../state/config.ts";
import type { Keyspace } from "../state/keyspace.ts";
import type { State } from "../state/state.ts";
import type { Random } from "./random.ts";

/** The words after the command's name. Arity was checked, so those that must be there are. */
export type Arguments = readonly ByteString[];

export type CommandFlag =
  /** Changes state: goes through the log. */
  | "write"
  /** Can make the state larger: doors refuse it when the disk is nearly full, while deletions go on. Redis: denyoom. */
  | "grows"
  /** Answers from the state: `query` may run it. */
  | "readonly"
  /** Logarithmic at worst. */
  | "fast"
  /** Cannot be queued in a transaction. */
  | "no-multi"
  /** Administers: in the category `admin` and no other. */
  | "admin"
  /** Looks at or removes everything at once: users can be denied all such commands. */
  | "dangerous"
  /** The connection's own business: a door answers it, the machine never runs it. */
  | "connection";

/** Where a command's keys stand among its words (the name is word 0), as COMMAND GETKEYS tells. */
export type KeySpec =
  | { readonly first: number; readonly last: number; readonly step: number }
  /** Answers the places of the keys, in terms of all words. Never throws: it may see nonsense. */
  | ((words: Arguments) => readonly number[]);

/** How deep commands may run inside of each other. A stack's own end would not be the same on every replica. */
export const NESTING_MAX = 8;

export const NO_KEYS: KeySpec = { first: 0, last: 0, step: 0 };
export const FIRST_KEY: KeySpec = { first: 1, last: 1, step: 1 };
export const ALL_KEYS: KeySpec = { first: 1, last: -1, step: 1 };

export interface CommandExample {
  /** As typed into redis-cli. */
  readonly run: string;
  /** As redis-cli prints it. */
  readonly reply: string;
}

export interface CommandDefinition {
  readonly name: string;
  /** Number of words, the name included; negative: at least that many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keys: KeySpec;
  readonly summary: string;
  readonly syntax: string;
  readonly examples: readonly CommandExample[];
  /** What users are allowed or denied it by, where that does not follow from its flags and its family. */
  readonly categories?: readonly string[];
  /** Throws what is wrong with the words whatever the state: an unknown subcommand. A transaction asks before queueing. */
  refuse?(args: Arguments): void;
  /** The words of commands that it would run inside of itself: doors ask for each whether its user may. Never throws. */
  within?(args: Arguments): readonly Arguments[];
  run(context: CommandContext, args: Arguments): Reply;
}

/** Commands that belong together, in the order in which documents list them. */
export interface CommandFamily {
  /** As `COMMAND DOCS` groups them: `string`, `hash`, … */
  readonly name: string;
  readonly title: string;
  readonly commands: readonly CommandDefinition[];
}

/** What a command may see and touch. */
export interface CommandContext {
  readonly keys: Keyspace;
  /** The parts behind `keys`, for commands whose state is not a key: sessions, timers, the change log. */
  readonly state: State;
  readonly config: MachineConfig;
  /** The commit at hand; in a query, the last one. */
  readonly index: CommitIndex;
  /** Log time. What it has reached has expired. */
  readonly time: Millis;
  /** Where a deadline that this command sets starts: `max(log time, timestamp of its block)`. */
  readonly start: Millis;
  /** The best estimate of now: only for what is told to people, such as TTL. */
  readonly now: Millis;
  /** The member whose block carried the command; -1 in a query. */
  readonly author: AuthorIndex;
  readonly user: string;
  readonly random: Random;
  /** What users can be allowed and denied. */
  readonly categories: ReadonlySet<string>;
  /** Whether sessions can be bound to a client's key. */
  readonly bindsClients: boolean;
  /** Bytes of what commands inside of the outermost one have answered so far. */
  innerReplyBytes: number;
  /**
   * Runs another command inside of this one. Its refusal is its reply, and undoes its own changes only; but where the
   * replies become too large together, the outermost command is refused.
   */
  call(words: readonly ByteString[]): Reply;
  /** Throws what `call` would refuse before running anything: an unknown command, a wrong number of words. */
  check(words: readonly ByteString[]): void;
}
